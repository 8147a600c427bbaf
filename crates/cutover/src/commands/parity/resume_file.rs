use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use kafka::TopicPartition;
use kafka::compare::SavedCut;
use parity::Fingerprint;
use serde::{Deserialize, Serialize};

/// What `--resume` keeps between two runs: one JSON document, and behind it a line with its checksum.
#[derive(Debug)]
pub struct ResumeFile {
    path: PathBuf,
    of: Of,
}

/// Between which clusters, and of which records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    source: String,
    target: String,
    isolation: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    of: Of,
    topics: BTreeMap<String, BTreeMap<i32, SavedCut>>,
}

const FORMAT: &str = "cutover/parity-resume/v2";
/// Cuts of every partition with all their findings; a file beyond this is not one of ours.
const LARGEST: u64 = 1 << 30;
const FOLDER: &str = ".cutover/parity";

impl ResumeFile {
    /// The file a person named, or the one below `.cutover/parity` that belongs to these clusters.
    pub fn new(named: Option<&Path>, source: &str, target: &str, isolation: &str) -> ResumeFile {
        let of = Of { source: source.to_owned(), target: target.to_owned(), isolation: isolation.to_owned() };
        let path = named.map(Path::to_owned).unwrap_or_else(|| {
            // Cluster ids are what a cluster says; they do not choose the name of a file.
            let name = format!("{:?}", Fingerprint::lasting(format!("{of:?}").as_bytes()));
            Path::new(FOLDER).join(format!("{name}.json"))
        });
        ResumeFile { path, of }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What earlier runs have left; nothing if there was none.
    ///
    /// # Errors
    /// Why what is there cannot be gone on from.
    pub fn load(&self) -> Result<BTreeMap<TopicPartition, SavedCut>, String> {
        let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            opened => opened.map_err(unreadable)?,
        };
        let mut text = String::new();
        file.take(LARGEST).read_to_string(&mut text).map_err(unreadable)?;
        let document = text
            .strip_suffix('\n')
            .and_then(|text| text.rsplit_once('\n'))
            .filter(|(document, sum)| checksum(document) == *sum)
            .map(|(document, _)| document)
            .ok_or("it is damaged, or no file of cutover")?;
        let document: Document = serde_json::from_str(document).map_err(|error| error.to_string())?;
        if document.format != FORMAT {
            return Err(format!("its format is {}, not {FORMAT}", document.format));
        }
        if document.of != self.of {
            return Err("it is about other clusters, or another isolation".to_owned());
        }
        let cuts = document.topics.into_iter().flat_map(|(topic, partitions)| {
            partitions.into_iter().map(move |(partition, cut)| (TopicPartition::new(&topic, partition), cut))
        });
        Ok(cuts.collect())
    }

    /// Replaces the file, whole or not at all; nobody else may read it.
    ///
    /// # Errors
    /// Why it is as it was.
    pub fn save(&self, cuts: &BTreeMap<TopicPartition, SavedCut>) -> Result<(), std::io::Error> {
        let mut topics: BTreeMap<String, BTreeMap<i32, SavedCut>> = BTreeMap::new();
        for (partition, cut) in cuts {
            topics.entry(partition.topic.clone()).or_default().insert(partition.partition, cut.clone());
        }
        let document = Document { format: FORMAT.to_owned(), of: self.of.clone(), topics };
        let document = serde_json::to_string(&document)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let new = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| {
                // Not synced, which would take longer than many a resumed run: what a machine that fails leaves of it is
                // told by the checksum, and then everything is read again.
                writeln!(file, "{document}\n{}", checksum(&document))
            })
            .and_then(|()| std::fs::rename(&new, &self.path));
        if written.is_err() {
            // The first error is the one to tell.
            drop(std::fs::remove_file(&new));
        }
        written
    }
}

fn checksum(document: &str) -> String {
    format!("{:?}", Fingerprint::lasting(document.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const CUT: &str = r#"{"source_topic":"a","target_topic":"b","source":7,"target":9,"sha256":"00",
        "timestamps_ignored":false,"headers_ignored":[],"counts":{"source_records":8,"target_records":8,"matched":8,"missing":0,
        "altered":0,"duplicated":0,"extra":0,"reordered":0,"pending":0,"trimmed_source":0,"trimmed_target":0},
        "findings":[],"findings_omitted":0,"source_digest":"","target_digest":""}"#;

    #[test]
    fn what_is_saved_is_loaded_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below").join("saved.json");
        let file = ResumeFile::new(Some(&path), "s", "t", "read_committed");
        assert_eq!(file.load(), Ok(BTreeMap::new()));
        let cut: SavedCut = serde_json::from_str(CUT).unwrap();
        let cuts = BTreeMap::from([(TopicPartition::new("orders", 3), cut)]);
        file.save(&BTreeMap::new()).unwrap();
        file.save(&cuts).unwrap();
        assert_eq!(file.load(), Ok(cuts));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let others = ResumeFile::new(Some(&path), "s", "another", "read_committed");
        assert!(others.load().unwrap_err().contains("other clusters"));

        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            std::fs::write(&path, &flipped).unwrap();
            assert!(file.load().is_err(), "byte {place}");
            std::fs::write(&path, &whole[..place]).unwrap();
            assert!(file.load().is_err(), "cut at {place}");
        }
    }

    #[test]
    fn a_cluster_does_not_choose_the_name_of_the_file() {
        let path = ResumeFile::new(None, "../../etc/passwd", "t", "read_committed").path;
        assert_eq!(path.parent(), Some(Path::new(FOLDER)));
        assert_ne!(path, ResumeFile::new(None, "s", "t", "read_committed").path);
    }
}
