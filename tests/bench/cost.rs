use std::fs;
use std::io::{Read, Seek};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// Linux shows processor times in hundredths of a second, whatever it counts in itself.
const MS_PER_TICK: u64 = 10;

/// What one run has cost.
#[derive(Debug, Clone, Default)]
pub struct Cost {
    /// From its start to its end.
    pub wall: Duration,
    /// Processor time of the process itself, all threads, user and system.
    pub cpu: Duration,
    /// Bytes of memory at its highest (`VmHWM`).
    pub peak: u64,
    pub stdout: String,
    pub code: Option<i32>,
}

impl Cost {
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs one command to its end.
///
/// # Errors
/// It could not be started, or took too long and was ended.
pub fn run(command: Command, patience: Duration) -> Result<Cost, String> {
    run_together(vec![command], patience).map(|mut costs| costs.remove(0))
}

/// Runs commands at the same time; the time of each is that until all have ended.
///
/// # Errors
/// As [`run`].
pub fn run_together(commands: Vec<Command>, patience: Duration) -> Result<Vec<Cost>, String> {
    let since = Instant::now();
    let mut started = Vec::new();
    for mut command in commands {
        let shown = format!("{:?}", command.get_program());
        let mut out = tempfile::tempfile().map_err(|error| error.to_string())?;
        let told = out.try_clone().map_err(|error| error.to_string())?;
        let child = command.stdin(Stdio::null()).stdout(told).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{shown}: {error}"))?;
        // Whatever it says is read as it comes, so that a full pipe stops nothing.
        let mut err = child.stderr.take().expect("it is piped");
        let talk = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = err.read_to_string(&mut text);
            text
        });
        started.push((
            shown,
            child,
            move || {
                let mut text = String::new();
                let _ = out.rewind();
                let _ = out.read_to_string(&mut text);
                text
            },
            talk,
        ));
    }
    let mut costs = Vec::new();
    for (shown, child, mut out, talk) in started {
        let mut cost = watched(child, since, patience)?;
        cost.stdout = out();
        let talk = talk.join().unwrap_or_default();
        if cost.code.is_none() {
            let tail: Vec<&str> = talk.lines().rev().take(3).collect();
            return Err(format!("{shown} was ended after {:?}: {}", cost.wall, tail.join(" | ")));
        }
        if !cost.succeeded() {
            cost.stdout.push_str(&talk);
        }
        costs.push(cost);
    }
    let all = costs.iter().map(|cost| cost.wall).max().unwrap_or_default();
    costs.iter_mut().for_each(|cost| cost.wall = all);
    Ok(costs)
}

/// Waits for a child without reaping it, so that its figures can still be read.
fn watched(mut child: Child, since: Instant, patience: Duration) -> Result<Cost, String> {
    let id = child.id();
    let pid = Pid::from_child(&child);
    let (peak, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    let wall = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(high_water(id), Ordering::Relaxed);
                if since.elapsed() > patience {
                    let _ = kill_process(pid, Signal::KILL);
                    return;
                }
                std::thread::sleep(Duration::from_millis(4));
            }
        });
        let waited = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        let wall = since.elapsed();
        ended.store(true, Ordering::Relaxed);
        waited.map(|_| wall)
    });
    let wall = wall.map_err(|error| error.to_string())?;
    let cpu = processor_time(id);
    let status = child.wait().map_err(|error| error.to_string())?;
    Ok(Cost { wall, cpu, peak: peak.into_inner(), stdout: String::new(), code: status.code() })
}

/// `VmHWM` of a process, in bytes; 0 once it has ended.
pub fn high_water(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) << 10
}

/// User and system time of a process, also of one that has ended and was not waited for.
pub fn processor_time(id: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything: state is field 3, utime and stime are 14 and 15.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(14) + ticks(15)) * MS_PER_TICK)
}
