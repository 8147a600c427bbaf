//! A server on loopback that answers as badly as a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A request as it came in.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

type Wrap = dyn Fn(TcpStream) -> Box<dyn Stream> + Send + Sync;
type Answer = dyn Fn(usize, &Seen, &mut dyn Write) + Send + Sync;

pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// `answer` gets the number of the request (from 0), the request and the connection.
    pub fn start(answer: impl Fn(usize, &Seen, &mut dyn Write) + Send + Sync + 'static) -> Server {
        Server::wrapped(Box::new(|stream| Box::new(stream)), answer)
    }

    /// Answers every request alike.
    pub fn fixed(status: &'static str, headers: &'static str, body: impl Into<String>) -> Server {
        let body = body.into();
        Server::start(move |_, _, stream| reply(stream, status, headers, &body))
    }

    pub fn wrapped(
        wrap: Box<Wrap>,
        answer: impl Fn(usize, &Seen, &mut dyn Write) + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (list, ended, wrap, answer) =
            (Arc::clone(&seen), Arc::clone(&over), Arc::new(wrap), Arc::new(answer) as Arc<Answer>);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (list, wrap, answer) = (Arc::clone(&list), Arc::clone(&wrap), Arc::clone(&answer));
                // Ends when the client goes away: each answer fails then.
                thread::spawn(move || serve(wrap(stream.unwrap()), &list, &*answer));
            }
        });
        Server { address, seen, over, accepting: Some(accepting) }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().unwrap().join();
    }
}

fn serve(stream: Box<dyn Stream>, list: &Mutex<Vec<Seen>>, answer: &Answer) {
    let mut stream = BufReader::new(stream);
    let Some(request) = receive(&mut stream) else { return };
    let number = {
        let mut list = list.lock().unwrap();
        list.push(request.clone());
        list.len() - 1
    };
    answer(number, &request, stream.get_mut());
    let _ = stream.get_mut().flush();
}

fn receive(stream: &mut BufReader<Box<dyn Stream>>) -> Option<Seen> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let mut seen =
        Seen { method: words.next()?.to_owned(), path: words.next()?.to_owned(), ..Seen::default() };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        seen.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = seen.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    seen.body = String::from_utf8(body).ok()?;
    Some(seen)
}

/// An answer as a good server gives it. `headers` are whole lines.
pub fn reply(stream: &mut dyn Write, status: &str, headers: &str, body: &str) {
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
}
