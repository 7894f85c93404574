use super::*;

#[test]
fn replaces_a_file_only_on_success() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    write_atomically(&path, |out| out.write_all(b"first")).unwrap();
    let failed = write_atomically(&path, |out| {
        out.write_all(b"half")?;
        Err(io::Error::other("stopped"))
    });
    assert!(failed.unwrap_err().to_string().contains("model"));
    assert_eq!(fs::read(&path).unwrap(), b"first");
    write_atomically(&path, |out| out.write_all(b"second")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"second");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn checking_leaves_everything_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    check_writable(&path).unwrap();
    fs::write(&path, b"x").unwrap();
    check_writable(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"x");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    for path in [directory.path(), &directory.path().join("absent/model")] {
        let error = check_writable(path).unwrap_err().to_string();
        assert!(error.starts_with(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn names_the_path_that_cannot_be_written() {
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path().to_path_buf(), directory.path().join("absent/model")] {
        let error = write_atomically(&path, |out| out.write_all(b"x")).unwrap_err();
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn has_the_mode_of_an_ordinary_file_and_follows_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let [ordinary, written, link] = ["ordinary", "written", "link"].map(|name| directory.path().join(name));
    fs::write(&ordinary, b"x").unwrap();
    write_atomically(&written, |out| out.write_all(b"x")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&written), mode(&ordinary));

    // The mode of a file stays when the file is replaced.
    fs::set_permissions(&written, fs::Permissions::from_mode(0o100_600)).unwrap();
    write_atomically(&written, |out| {
        let beside = fs::read_dir(directory.path())?.map(|entry| entry.unwrap().path());
        let beside = beside.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(".w2v-"));
        assert_eq!(beside.map(|path| mode(&path)).collect::<Vec<_>>(), [0o100_600]);
        out.write_all(b"y")
    })
    .unwrap();
    assert_eq!((mode(&written), fs::read(&written).unwrap()), (0o100_600, b"y".to_vec()));

    std::os::unix::fs::symlink("written", &link).unwrap();
    for there in [true, false] {
        if !there {
            fs::remove_file(&written).unwrap();
        }
        write_atomically(&link, |out| out.write_all(b"through")).unwrap();
        assert_eq!(fs::read(&written).unwrap(), b"through");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    fs::write(&path, b"kept").unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let expected = format!("{}: is read-only; make it writable or choose another name", path.display());
    assert_eq!(check_writable(&path).unwrap_err().to_string(), expected);
    assert_eq!(write_atomically(&path, |out| out.write_all(b"x")).unwrap_err().to_string(), expected);
    assert_eq!(fs::read(&path).unwrap(), b"kept");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn an_open_file_is_left_to_who_opened_it() {
    use std::os::fd::AsRawFd;
    let directory = tempfile::tempdir().unwrap();
    let [path, link] = ["kept", "link"].map(|name| directory.path().join(name));
    fs::write(&path, b"old").unwrap();
    let open = fs::File::open(&path).unwrap();
    std::os::unix::fs::symlink(format!("/proc/self/fd/{}", open.as_raw_fd()), &link).unwrap();
    for name in [format!("/dev/fd/{}", open.as_raw_fd()).into(), link] {
        let error = write_atomically(&name, |out| out.write_all(b"new")).unwrap_err().to_string();
        assert!(error.contains("is open already; name the file itself, or `-`"), "{error}");
        assert!(check_writable(&name).is_err());
    }
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error() {
    let full = Path::new("/dev/full");
    let error = write_atomically(full, |out| out.write_all(b"x")).unwrap_err();
    assert!(error.to_string().starts_with("/dev/full: cannot write"), "{error}");
    assert!(full.exists());
}

#[test]
fn what_cannot_be_put_is_kept() {
    let [directory, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let path = directory.path().join("model.bin.gz");
    let complete = Complete::write(&path, |out| out.write_all(b"content")).unwrap();
    // The directory at `path` can be neither replaced nor written.
    fs::create_dir_all(path.join("in the way")).unwrap();
    let error = complete.put().unwrap_err();
    let Error::Kept { kept, .. } = &error else { panic!("{error}") };
    assert!(error.to_string().starts_with(&format!("{}: cannot rename into place: ", path.display())), "{error}");
    assert!(error.to_string().ends_with(&format!("; the finished file is kept as {}", kept.display())), "{error}");
    let name = kept.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("w2v-") && name.ends_with(".bin.gz"), "{name}");
    let read = |path: &Path| io::read_to_string(crate::files::input::open(path).unwrap()).unwrap();
    assert_eq!(read(kept), "content");

    // The content is kept even if the directory of `path` is gone.
    let complete = Complete::write(&other.path().join("model"), |out| out.write_all(b"content")).unwrap();
    drop(other);
    let error = complete.put().unwrap_err();
    let Error::Kept { kept, .. } = &error else { panic!("{error}") };
    assert_eq!(fs::read(kept).unwrap(), b"content");
    fs::remove_file(kept).unwrap();
}

#[test]
fn what_is_dropped_before_it_is_put_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    let complete = Complete::write(&path, |out| out.write_all(b"content")).unwrap();
    assert_eq!(fs::read(complete.content().unwrap()).unwrap(), b"content");
    drop(complete);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_shorter_content_in_place_leaves_nothing_of_the_longer() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("target");
    for content in [&b"a longer content"[..], b"short"] {
        let beside = Beside::create(directory.path()).unwrap();
        beside.file().write_all(content).unwrap();
        beside.overwrite(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), content);
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn no_disk_has_room_for_everything() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    check_room(&path, 1).unwrap();
    let error = check_room(&path, u64::MAX).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("{}: 18446744073709.6 MB or so would be written, and ", path.display())),
        "{error}"
    );
    check_room(Path::new("/dev/null"), u64::MAX).unwrap();
}
