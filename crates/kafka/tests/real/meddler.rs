//! A broker's front door that loses, swallows and holds back what a test wants.

use bytes::Buf;
use kafka::{Cluster, properties};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

const METADATA: i16 = 3;

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is passed on, and its answer back.
    Pass,
    /// It is done, and the connection breaks before its answer.
    LoseAnswer,
    /// It never reaches the broker; the connection breaks.
    Swallow,
    /// It is done, and nothing ever answers.
    Hang,
}

/// Listens before one broker for as long as the test runs. `fate` gets each request's API key, before it is passed on.
pub struct Meddler {
    port: u16,
}

impl Meddler {
    pub fn before(bootstrap: &str, fate: impl Fn(i16) -> Fate + Send + Sync + 'static) -> Meddler {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (bootstrap, fate) = (bootstrap.to_owned(), Arc::new(fate));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (bootstrap, fate) = (bootstrap.clone(), Arc::clone(&fate));
                // Ends when either side goes away.
                thread::spawn(move || serve(client, &bootstrap, port, &*fate));
            }
        });
        Meddler { port }
    }

    /// Connects through it.
    pub fn connect(&self, name: &str) -> Cluster {
        let text = format!("bootstrap.servers=127.0.0.1:{}\n", self.port);
        let config =
            properties::from_bytes(name, "test", text.into_bytes(), &properties::ThisProcess, None).unwrap();
        Cluster::connect(config, &super::patience()).unwrap()
    }
}

fn serve(mut client: TcpStream, bootstrap: &str, port: u16, fate: &(dyn Fn(i16) -> Fate + Send + Sync)) {
    let mut broker = TcpStream::connect(bootstrap).unwrap();
    while let Some(request) = frame(&mut client) {
        let key = (&request[4..]).get_i16();
        let fate = fate(key);
        if fate == Fate::Swallow {
            return;
        }
        broker.write_all(&request).unwrap();
        let Some(answer) = frame(&mut broker) else { return };
        match fate {
            Fate::LoseAnswer | Fate::Swallow => return,
            Fate::Hang => while frame(&mut client).is_some() {},
            Fate::Pass => {
                let answer = if key == METADATA { advertised(answer, bootstrap, port) } else { answer };
                if client.write_all(&answer).is_err() {
                    return;
                }
            }
        }
    }
}

/// A whole frame, its length in front.
fn frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut frame = length.to_vec();
    frame.resize(4 + usize::try_from(i32::from_be_bytes(length)).ok()?, 0);
    stream.read_exact(&mut frame[4..]).ok()?;
    Some(frame)
}

/// The same answer with the meddler's port instead of the broker's: host and port stand side by side in it.
fn advertised(mut answer: Vec<u8>, bootstrap: &str, port: u16) -> Vec<u8> {
    let (host, theirs) = bootstrap.rsplit_once(':').unwrap();
    let place = |port: u16| [host.as_bytes(), &u32::from(port).to_be_bytes()].concat();
    let (theirs, ours) = (place(theirs.parse().unwrap()), place(port));
    let at = answer.windows(theirs.len()).position(|window| window == theirs).unwrap();
    answer[at..at + ours.len()].copy_from_slice(&ours);
    answer
}
