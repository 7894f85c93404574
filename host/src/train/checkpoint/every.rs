//! The interval between checkpoints.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The time or the number of epochs between two checkpoints.
///
/// ```
/// use std::time::Duration;
/// use w2v::Every;
///
/// assert_eq!("90s".parse(), Ok(Every::Time(Duration::from_secs(90))));
/// assert_eq!("2 epochs".parse(), Ok(Every::Epochs(2)));
/// assert_eq!(Every::from(Duration::from_millis(100)).to_string(), "100ms");
/// assert_eq!(Every::default().to_string(), "10min");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Every {
    /// A checkpoint is written after the first superbatch that ends at least this time after the
    /// last checkpoint.
    Time(Duration),
    /// A checkpoint is written after each epoch whose number is a multiple of this number.
    Epochs(usize),
}

/// Ten minutes.
impl Default for Every {
    fn default() -> Self {
        Self::Time(Duration::from_secs(600))
    }
}

impl From<Duration> for Every {
    fn from(time: Duration) -> Self {
        Self::Time(time)
    }
}

impl Every {
    /// Whether a checkpoint is due, where `since` is the time since the last checkpoint, and
    /// `ended` is the number of the epoch that has just ended, if any.
    pub(crate) fn is_due(self, since: Duration, ended: Option<usize>) -> bool {
        match self {
            Self::Time(time) => since >= time,
            Self::Epochs(epochs) => ended.is_some_and(|epoch| epoch.is_multiple_of(epochs.max(1))),
        }
    }
}

/// Units of time, with their length in milliseconds, the longest first.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)];

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Epochs(1) => f.pad("1epoch"),
            Self::Epochs(epochs) => f.pad(&format!("{epochs}epochs")),
            Self::Time(time) => {
                let time = time.as_millis();
                let unit = UNITS.into_iter().find(|&(_, unit)| time >= unit.into() && time.is_multiple_of(unit.into()));
                let (name, unit) = unit.unwrap_or(UNITS[3]);
                f.pad(&format!("{}{name}", time / u128::from(unit)))
            }
        }
    }
}

/// The error for a text that is not an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number above 0 with its unit, ms, s, min, h or epochs, such as 10min or 1epoch")]
pub struct NotAnInterval;

impl FromStr for Every {
    type Err = NotAnInterval;

    fn from_str(text: &str) -> Result<Self, NotAnInterval> {
        let digits = text.find(|char: char| !char.is_ascii_digit()).ok_or(NotAnInterval)?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().ok().filter(|&number| number > 0).ok_or(NotAnInterval)?;
        let unit = unit.trim_start();
        if let "epoch" | "epochs" = unit {
            return number.try_into().map(Self::Epochs).map_err(|_| NotAnInterval);
        }
        let (_, milliseconds) = UNITS.into_iter().find(|&(name, _)| name == unit).ok_or(NotAnInterval)?;
        number.checked_mul(milliseconds).map(|time| Self::Time(Duration::from_millis(time))).ok_or(NotAnInterval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_as_they_are_shown() {
        for text in ["1ms", "1500ms", "2s", "90s", "10min", "1h", "36h", "1epoch", "3epochs"] {
            assert_eq!(text.parse::<Every>().unwrap().to_string(), text);
        }
        assert_eq!("1 epochs".parse(), Ok(Every::Epochs(1)));
        assert_eq!("60 s".parse::<Every>().unwrap().to_string(), "1min");
        for text in
            ["", "10", "0s", "0epochs", "-1s", "1.5s", "min", "1 day", "1 000s", "99999999999999999999s", "1s 1"]
        {
            assert_eq!(text.parse::<Every>(), Err(NotAnInterval), "{text}");
        }
        assert!("18446744073709551615h".parse::<Every>().is_err());
    }

    #[test]
    fn epochs_are_counted_and_time_is_measured() {
        let second = Duration::from_secs(1);
        assert!(Every::Time(second).is_due(second, None) && !Every::Time(2 * second).is_due(second, Some(4)));
        let two = Every::Epochs(2);
        assert!(two.is_due(Duration::ZERO, Some(4)) && !two.is_due(second, Some(3)) && !two.is_due(second, None));
    }
}
