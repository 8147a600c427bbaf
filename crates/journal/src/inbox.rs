//! Requests of other processes: files renamed into `inbox/`, taken in the order of their names.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;

use crate::folder::Folder;
use crate::run_folder::{INBOX, RunFolder};
use crate::{JournalError, Request, limits};

/// A request as it lies in the inbox, with the name of its file.
#[derive(Debug)]
pub struct Delivered {
    pub name: String,
    /// `Err`: what is in the file is no request; it is deleted all the same.
    pub request: Result<Request, String>,
}

impl RunFolder {
    /// Leaves a request for the conductor of this run. Returns the name it lies under until it is taken.
    pub fn post(&self, at: Timestamp, request: &Request) -> Result<String, JournalError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let bytes = serde_json::to_vec(request).expect("a request is plain data and always serialises");
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{:020}-{}-{next}.json", at.as_nanosecond(), std::process::id());
        self.inbox()?.write(&name, &bytes)?;
        Ok(name)
    }

    /// What lies in the inbox, the oldest first. Nothing is taken out.
    pub fn delivered(&self) -> Result<Vec<Delivered>, JournalError> {
        let inbox = self.inbox()?;
        let mut names = inbox.names()?;
        names.retain(|name| name.ends_with(".json") && !name.starts_with('.'));
        let mut delivered = Vec::with_capacity(names.len());
        for name in names {
            let request = match inbox.read(&name, limits::REQUEST) {
                Ok(Some(bytes)) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
                Ok(None) => continue,
                Err(error) => Err(error.to_string()),
            };
            delivered.push(Delivered { name, request });
        }
        Ok(delivered)
    }

    /// Deletes a request that has been journalled.
    pub fn taken(&self, name: &str) -> Result<(), JournalError> {
        self.inbox()?.remove(name)
    }

    fn inbox(&self) -> Result<Folder, JournalError> {
        self.folder.sub(INBOX)
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{runs, start, time};
    use crate::{Request, Vote};

    #[test]
    fn requests_come_out_in_the_order_they_were_made() {
        let (_top, runs) = runs();
        let run = start(&runs);
        let vote = |person: &str| Request::Vote {
            at: None,
            role: "conductor".into(),
            person: person.into(),
            vote: Vote::Go,
            signature: None,
        };
        run.folder().post(time(2), &vote("second")).unwrap();
        run.folder().post(time(1), &vote("first")).unwrap();
        let delivered = run.folder().delivered().unwrap();
        let requests: Vec<_> = delivered.iter().map(|one| one.request.clone().unwrap()).collect();
        assert_eq!(requests, [vote("first"), vote("second")]);
        run.folder().taken(&delivered[0].name).unwrap();
        assert_eq!(run.folder().delivered().unwrap().len(), 1);
    }

    #[test]
    fn what_is_no_request_is_told_and_can_be_taken_out() {
        let (_top, runs) = runs();
        let run = start(&runs);
        let path = run.folder().path().join("inbox/0.json");
        std::fs::write(&path, "{\"request\":\"dance\"}").unwrap();
        let delivered = run.folder().delivered().unwrap();
        assert!(delivered[0].request.as_ref().unwrap_err().contains("dance"));
        run.folder().taken("0.json").unwrap();
        assert!(!path.exists());
    }
}
