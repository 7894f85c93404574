//! What the packages depend on is what deny.toml permits, and each says what a registry asks for.

use serde_json::Value;
use std::fs;
use std::process::Command;
use toml::Table;
use w2v_tests::data::workspace;

/// All packages of the workspace and of Cargo.lock, as `cargo metadata` has them.
fn packages() -> Vec<Value> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--locked"]).current_dir(workspace());
    let told = cargo.output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let mut metadata: Value = serde_json::from_slice(&told.stdout).unwrap();
    serde_json::from_value(metadata["packages"].take()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The texts of the list `key`.
fn texts<'a>(table: &'a Table, key: &str) -> Vec<&'a str> {
    table[key].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn licences_and_sources_are_permitted() {
    let rules: Table = fs::read_to_string(workspace().join("deny.toml")).unwrap().parse().unwrap();
    let licenses = rules["licenses"].as_table().unwrap();
    let allowed = texts(licenses, "allow");
    let exceptions: Vec<&Table> =
        licenses["exceptions"].as_array().unwrap().iter().map(|value| value.as_table().unwrap()).collect();
    let registries = texts(rules["sources"].as_table().unwrap(), "allow-registry");
    let mut foreign = 0;
    for package in packages() {
        let name = text(&package["name"]);
        let license = text(&package["license"]);
        let expression = spdx::Expression::parse_mode(license, spdx::ParseMode::LAX).unwrap();
        let excepted = exceptions.iter().filter(|exception| exception["name"].as_str() == Some(name));
        let also: Vec<&str> = excepted.flat_map(|exception| texts(exception, "allow")).collect();
        let permits = |requirement: &spdx::LicenseReq| {
            let id = requirement.license.id().map(|id| id.name);
            requirement.addition.is_none() && id.is_some_and(|id| allowed.contains(&id) || also.contains(&id))
        };
        assert!(expression.evaluate(permits), "{name} has the licence {license}, which deny.toml does not permit");
        if let Some(source) = package["source"].as_str() {
            foreign += 1;
            let registry = source.strip_prefix("registry+").unwrap_or(source);
            assert!(registries.contains(&registry), "{name} comes from {source}, which deny.toml does not permit");
        }
    }
    assert!(foreign > 100, "{foreign} packages of others were looked at");
}

/// What crates.io asks of a package, and what readers of its page look for.
#[test]
fn published_packages_say_what_they_are() {
    let packages = packages();
    let published = packages.iter().filter(|package| package["source"].is_null() && package["publish"].is_null());
    let mut names = Vec::new();
    for package in published {
        let name = text(&package["name"]);
        names.push(name);
        for key in ["description", "license", "rust_version"] {
            assert!(!text(&package[key]).is_empty(), "{name} has no {key}");
        }
        for (key, most) in [("keywords", 5), ("categories", 5)] {
            let count = package[key].as_array().unwrap().len();
            assert!((1..=most).contains(&count), "{name} has {count} {key}");
        }
        for dependency in package["dependencies"].as_array().unwrap() {
            assert_ne!(text(&dependency["req"]), "*", "{name} takes any version of {}", dependency["name"]);
        }
    }
    names.sort_unstable();
    assert_eq!(names, ["w2v", "w2v-core", "w2v-measure"]);
}
