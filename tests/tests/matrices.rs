//! Matrices over borrowed memory: sizes asked for, sizes refused, rows where they belong, static
//! models; dispatch.

use w2v_core::error::Error;
use w2v_core::lanes::{LANES, Lanes, blocks};
use w2v_core::matrix::{Matrix, MatrixMut, Row, required_len};
use w2v_core::simd::{Arithmetic, Backend, Dispatch};
use w2v_tests::backends::for_each_backend;

#[test]
fn a_row_is_padded_to_whole_cache_lines() {
    assert_eq!((size_of::<Lanes>(), align_of::<Lanes>()), (64, 64));
    assert_eq!([1, 15, 16, 17, 300].map(blocks), [1, 1, 1, 2, 19]);
    assert_eq!(required_len(3, 17), Ok(6));
}

#[test]
fn impossible_sizes_are_refused() {
    for (rows, dim) in [(0, 5), (5, 0), (usize::MAX, 1), (u32::MAX as usize, usize::MAX)] {
        assert_eq!(required_len(rows, dim), Err(Error::Size), "{rows} × {dim}");
        assert_eq!(Matrix::new(&[Lanes::ZERO], rows, dim).err(), Some(Error::Size), "{rows} × {dim}");
        assert_eq!(MatrixMut::new(&mut [Lanes::ZERO], rows, dim).err(), Some(Error::Size), "{rows} × {dim}");
    }
    let too_short = Some(Error::TooShort { needed: 6, given: 5 });
    assert_eq!(Matrix::new(&[Lanes::ZERO; 5], 3, 17).err(), too_short);
    assert_eq!(MatrixMut::new(&mut [Lanes::ZERO; 5], 3, 17).err(), too_short);
}

#[test]
fn rows_lie_one_after_the_other_and_there_are_no_others() {
    let mut lanes = [Lanes::ZERO; 7];
    for (block, lanes) in lanes.iter_mut().enumerate() {
        lanes.0[0] = block as f32;
    }
    let firsts = |row: &[Lanes]| row.iter().map(|lanes| lanes.0[0]).collect::<Vec<_>>();
    let matrix = Matrix::new(&lanes, 3, 17).expect("memory enough");
    assert_eq!((matrix.rows(), matrix.dim()), (3, 17));
    assert_eq!(
        [0, 1, 2].map(|id| matrix.row(id).map(firsts)),
        [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]].map(|row| Some(row.to_vec()))
    );
    // The seventh block is memory, but not the matrix's.
    assert!(matrix.row(3).is_none() && matrix.row(u32::MAX).is_none());
    let mut matrix = MatrixMut::new(&mut lanes, 3, 17).expect("memory enough");
    assert_eq!((matrix.rows(), matrix.dim()), (3, 17));
    assert_eq!(matrix.row_mut(2).map(|row| firsts(row)), Some(vec![4.0, 5.0]));
    assert!(matrix.row_mut(3).is_none() && matrix.reborrow().row_mut(u32::MAX).is_none());
    assert_eq!(matrix.as_ref().row(1).map(firsts), Some(vec![2.0, 3.0]));
}

#[test]
fn a_static_array_of_rows_is_a_matrix() {
    let mut rows: [Row<{ blocks(20) }>; 4] = [[Lanes::ZERO; blocks(20)]; 4];
    rows[3][1].0[0] = 7.0;
    let mut matrix = MatrixMut::from_rows(&mut rows, 20).expect("20 numbers fill two blocks");
    assert_eq!(matrix.row_mut(3).map(|row| row[1].0[0]), Some(7.0));
    let matrix = Matrix::from_rows(&rows, 20).expect("20 numbers fill two blocks");
    assert_eq!((matrix.rows(), matrix.row(3).map(|row| row[1].0[0])), (4, Some(7.0)));
    assert_eq!(Matrix::from_rows(&rows, 16).err(), Some(Error::Dim { expected: 2 * LANES, given: 16 }));
    assert_eq!(MatrixMut::from_rows(&mut rows, 16).err(), Some(Error::Dim { expected: 2 * LANES, given: 16 }));
    assert_eq!(MatrixMut::from_rows(&mut rows, 33).err(), Some(Error::Dim { expected: 2 * LANES, given: 33 }));
    assert_eq!(MatrixMut::from_rows::<2>(&mut [], 20).err(), Some(Error::Size));
}

#[test]
fn what_is_dispatched_is_what_was_asked_for() {
    for_each_backend(|dispatch| {
        let (backend, arithmetic) = (dispatch.backend(), dispatch.arithmetic());
        assert_eq!(Dispatch::new(backend, arithmetic), Ok(dispatch));
        assert_eq!(Dispatch::choose(Some(backend), Some(arithmetic)), Ok(dispatch));
        assert_eq!(Dispatch::choose(Some(backend), None).map(Dispatch::backend), Ok(backend));
        assert_eq!(Dispatch::choose(None, Some(arithmetic)).map(Dispatch::arithmetic), Ok(arithmetic));
    });
    for arithmetic in Arithmetic::ALL {
        assert!(Dispatch::new(Backend::Scalar, arithmetic).is_ok(), "the scalar backend is everywhere");
    }
    assert_eq!(Dispatch::new(Backend::Portable, Arithmetic::Fused), Err(Error::Unavailable));
    assert!(Dispatch::all().any(|dispatch| dispatch == Dispatch::detect()));
}
