//! Each codec, another one on the target (case 19).

use lab::{Generate, Produce, Topic};

use crate::ask::{compare, exact, stands};
use crate::labs::{await_end, lab, now};
use crate::ledger::Ledger;

crate::cases!(
    copied:
        codecs_differ_and_records_do_not;
    by_hand:
);

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

fn codecs_differ_and_records_do_not() {
    let case = lab().case("clean-codecs");
    let pairs = CODECS.iter().zip(CODECS.iter().cycle().skip(1));
    let topics: Vec<String> = pairs
        .map(|(ours, theirs)| {
            let topic = case.name(&format!("{ours}-{theirs}"));
            let theirs = if *theirs == "none" { "uncompressed" } else { theirs };
            case.target().create_topic(&Topic::new(&topic).config("compression.type", theirs)).unwrap();
            case.source().create_topic(&Topic::new(&topic)).unwrap();
            let how = Produce { compression: (*ours).to_owned(), ..Produce::default() };
            let all = Generate {
                headers: 2,
                timestamp: Some(now() - 86_400_000),
                partitions: Some(1),
                ..Generate::records(2_000)
            };
            case.source().produce(&topic, all, &how).unwrap();
            topic
        })
        .collect();
    for topic in topics {
        await_end(&case, &topic, 2_000);
        compare(&case, &topic, &Ledger { findings: Some([].into()), ..Ledger::matched(2_000) });
        stands(&case, &topic, 1_234, 1_234, &exact(1_234));
    }
}
