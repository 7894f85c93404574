//! Names of enum values.

/// Implements `Display` and `FromStr` for enums that have `ALL` and `name`: `Display` writes the
/// name, `FromStr` reads it.
macro_rules! names {
    ($($name:ty),*) => {$(
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl core::str::FromStr for $name {
            type Err = crate::error::Error;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|one| one.name() == name).ok_or(crate::error::Error::Name)
            }
        }
    )*};
}
pub(crate) use names;
