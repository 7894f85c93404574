//! Standard error, written by a thread of its own: the work goes on though nobody reads what is
//! told of it.
//!
//! Messages wait in a queue. Progress is dropped where the queue is full. What has to be read
//! before the program ends is waited for, as long as the reader takes anything.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// Messages that wait at most: the lines of some thousand epochs that are over in a moment.
const MOST: usize = 1 << 14;

/// How long the reader of standard error may take nothing before nothing more is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is told.
enum Message {
    Line(String),
    Bar(Bar),
    /// The bar goes.
    End,
}

/// The state of the bar.
pub(super) struct Bar {
    pub(super) position: u64,
    pub(super) length: u64,
    pub(super) text: String,
}

/// Messages on their way.
struct Queue {
    waiting: VecDeque<Message>,
    /// Whether one is being written.
    is_writing: bool,
    /// Messages written so far.
    written: u64,
    /// Whether the reader was waited for in vain.
    is_stuck: bool,
}

/// Static because standard error belongs to the process.
static QUEUE: Mutex<Queue> =
    Mutex::new(Queue { waiting: VecDeque::new(), is_writing: false, written: 0, is_stuck: false });
static CHANGED: Condvar = Condvar::new();

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints `line` on standard error, before this returns if somebody reads it.
pub(crate) fn tell(line: &str) {
    send(Message::Line(line.to_owned()));
    settle();
}

/// Prints `line` on standard error as soon as somebody reads it; this does not wait.
pub(super) fn mention(line: String) {
    send(Message::Line(line));
}

/// Draws the bar on a terminal.
pub(super) fn draw(bar: Bar) {
    send(Message::Bar(bar));
}

/// Clears the bar away, before this returns.
pub(super) fn end() {
    send(Message::End);
    settle();
}

/// Puts `message` into the queue, if there is room.
fn send(message: Message) {
    let mut queue = queue();
    if !has_writer() {
        // Without a thread nobody can be spared the waiting.
        drop(queue);
        if let Message::Line(line) = message {
            let _ = writeln!(io::stderr(), "{line}");
        }
        return;
    }
    if matches!((&message, queue.waiting.back()), (Message::Bar(_), Some(Message::Bar(_)))) {
        queue.waiting.pop_back();
    }
    if queue.waiting.len() < MOST {
        queue.waiting.push_back(message);
        CHANGED.notify_all();
    }
}

/// Waits until all messages are written, or nobody takes them.
fn settle() {
    let mut queue = queue();
    while !queue.is_stuck && (queue.is_writing || !queue.waiting.is_empty()) {
        let written = queue.written;
        let (later, waited) = CHANGED.wait_timeout(queue, PATIENCE).unwrap_or_else(PoisonError::into_inner);
        queue = later;
        queue.is_stuck = waited.timed_out() && queue.written == written;
    }
}

/// Whether there is a thread that writes the messages, which this starts.
fn has_writer() -> bool {
    static STARTED: OnceLock<bool> = OnceLock::new();
    *STARTED.get_or_init(|| thread::Builder::new().name("messages".to_owned()).spawn(write).is_ok())
}

/// Writes messages as they come.
fn write() {
    let mut bar = None;
    let mut queue = queue();
    loop {
        let Some(message) = queue.waiting.pop_front() else {
            queue = CHANGED.wait(queue).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        queue.is_writing = true;
        drop(queue);
        show(message, &mut bar);
        queue = self::queue();
        queue.is_writing = false;
        queue.is_stuck = false;
        queue.written += 1;
        CHANGED.notify_all();
    }
}

/// Writes one message.
fn show(message: Message, shown: &mut Option<ProgressBar>) {
    match message {
        Message::Line(line) => {
            // Unlike `eprintln!` this does not panic when nobody listens.
            let print = || drop(writeln!(io::stderr(), "{line}"));
            match shown {
                Some(bar) => bar.suspend(print),
                None => print(),
            }
        }
        Message::Bar(Bar { position, length, text }) => {
            let bar = shown.get_or_insert_with(new_bar);
            bar.set_length(length);
            bar.set_position(position);
            bar.set_message(text);
        }
        Message::End => {
            if let Some(bar) = shown.take() {
                bar.finish_and_clear();
            }
        }
    }
}

/// A bar that was not drawn yet.
fn new_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(layout) = ProgressStyle::with_template("[{bar:24}] {msg}") {
        bar.set_style(layout.progress_chars("=> "));
    }
    bar
}
