//! Flags whose values are names, listed in the help.

use clap::Command;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::any::TypeId;
use std::str::FromStr;

/// `program` with its subcommands' numbers told from flags where they are negative, in any
/// notation, and refused for what they are.
pub(super) fn with_negative_numbers(program: Command) -> Command {
    let numbers = [TypeId::of::<f64>(), TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<Wish<usize>>()];
    program.mut_subcommands(|command| {
        command.mut_args(|argument| {
            let value = argument.get_value_parser().type_id();
            let is_number = numbers.iter().any(|number| value == *number);
            if is_number { argument.allow_hyphen_values(true) } else { argument }
        })
    })
}

/// A value, or `None` for the flag's word that leaves the choice to the program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<T>(pub(super) Option<T>);

/// The parser of a flag whose values are `names`.
pub(super) fn named<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names.into_iter().collect::<Vec<_>>()).try_map(|name| name.parse())
}

/// The parser of a flag whose values are `auto` and `names`.
pub(super) fn named_or_auto<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = Wish<T>>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    let names: Vec<&str> = ["auto"].into_iter().chain(names).collect();
    PossibleValuesParser::new(names).try_map(|name| match name.as_str() {
        "auto" => Ok(Wish(None)),
        name => name.parse().map(|value| Wish(Some(value))),
    })
}

/// The number of threads that `value` asks for, `all` or a whole number.
pub(super) fn threads(value: &str) -> Result<Wish<usize>, String> {
    match value {
        "all" => Ok(Wish(None)),
        number => number.parse().map(|threads| Wish(Some(threads))).map_err(|_| "`all` or a whole number".to_owned()),
    }
}

/// The whole number that `value` spells.
pub(super) fn whole<T: FromStr>(value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("must be a whole number in digits, such as 10, below 2^{}", 8 * size_of::<T>()))
}

/// The number that `value` spells.
pub(super) fn real(value: &str) -> Result<f64, String> {
    value.parse().map_err(|_| "must be a number, such as 0.75 or 1e-3".to_owned())
}

/// As [`whole`], of what there has to be one at least.
pub(super) fn some(value: &str) -> Result<usize, String> {
    whole(value).and_then(|number| if number > 0 { Ok(number) } else { Err("must be 1 or more".to_owned()) })
}
