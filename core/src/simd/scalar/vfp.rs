//! The two inner loops in assembly, for an Arm floating-point unit without vector instructions, as
//! in a Cortex-M4F.
//!
//! Compilers load the unit's registers one by one, which takes more instructions than the
//! arithmetic itself; these loops load several registers with one instruction. `vmla` rounds twice,
//! after the multiplication and after the addition. Tested on Cortex-M4F and M33.
#![allow(unsafe_code, reason = "instructions of this unit, over rows that the caller lends")]

use crate::lanes::Lanes;
use crate::rows::SharedRows;
use core::arch::asm;

/// The dot product of two rows of `blocks` blocks.
///
/// # Safety
/// Both rows must be valid for reads and have at least one block, and nobody may write them
/// meanwhile.
#[inline(always)]
pub(super) unsafe fn dot(a: *const Lanes, b: *const Lanes, blocks: usize) -> f32 {
    // The sum is passed through memory, because stable Rust cannot name a register of this unit as
    // an operand.
    let mut sum = 0.0;
    // SAFETY: the code reads the rows, which the caller promises to be valid, and targets of
    // references. It writes `sum` and the registers that are listed.
    unsafe {
        asm!(
            "vldmia {zero}, {{s0-s15}}",
            "2:",
            "vldmia {a}!, {{s16-s23}}",
            "vldmia {b}!, {{s24-s31}}",
            "vmla.f32 s0, s16, s24",
            "vmla.f32 s1, s17, s25",
            "vmla.f32 s2, s18, s26",
            "vmla.f32 s3, s19, s27",
            "vmla.f32 s4, s20, s28",
            "vmla.f32 s5, s21, s29",
            "vmla.f32 s6, s22, s30",
            "vmla.f32 s7, s23, s31",
            "vldmia {a}!, {{s16-s23}}",
            "vldmia {b}!, {{s24-s31}}",
            "vmla.f32 s8, s16, s24",
            "vmla.f32 s9, s17, s25",
            "vmla.f32 s10, s18, s26",
            "vmla.f32 s11, s19, s27",
            "vmla.f32 s12, s20, s28",
            "vmla.f32 s13, s21, s29",
            "vmla.f32 s14, s22, s30",
            "vmla.f32 s15, s23, s31",
            "subs {blocks}, {blocks}, #1",
            "bne 2b",
            "vadd.f32 s0, s0, s8",
            "vadd.f32 s1, s1, s9",
            "vadd.f32 s2, s2, s10",
            "vadd.f32 s3, s3, s11",
            "vadd.f32 s4, s4, s12",
            "vadd.f32 s5, s5, s13",
            "vadd.f32 s6, s6, s14",
            "vadd.f32 s7, s7, s15",
            "vadd.f32 s0, s0, s4",
            "vadd.f32 s1, s1, s5",
            "vadd.f32 s2, s2, s6",
            "vadd.f32 s3, s3, s7",
            "vadd.f32 s0, s0, s2",
            "vadd.f32 s1, s1, s3",
            "vadd.f32 s0, s0, s1",
            "vstr s0, [{sum}]",
            a = inout(reg) a => _,
            b = inout(reg) b => _,
            blocks = inout(reg) blocks => _,
            zero = in(reg) &Lanes::ZERO,
            sum = in(reg) &raw mut sum,
            out("s0") _,
            out("s1") _,
            out("s2") _,
            out("s3") _,
            out("s4") _,
            out("s5") _,
            out("s6") _,
            out("s7") _,
            out("s8") _,
            out("s9") _,
            out("s10") _,
            out("s11") _,
            out("s12") _,
            out("s13") _,
            out("s14") _,
            out("s15") _,
            out("s16") _,
            out("s17") _,
            out("s18") _,
            out("s19") _,
            out("s20") _,
            out("s21") _,
            out("s22") _,
            out("s23") _,
            out("s24") _,
            out("s25") _,
            out("s26") _,
            out("s27") _,
            out("s28") _,
            out("s29") _,
            out("s30") _,
            out("s31") _,
            options(nostack),
        );
    }
    sum
}

/// For each shared row in turn: adds `error · row` to `gradient`, then adds `error · hidden` to
/// `row`. Only 8 numbers of each row are used, from number `part` of the first block on.
///
/// # Safety
/// The rows must be valid for reads and writes, and must not be used elsewhere meanwhile. `part`
/// must be 0 or 8.
#[inline(always)]
pub(super) unsafe fn exchange<T>(
    shared: &SharedRows<'_, T>,
    errors: &[[f32; 1]],
    part: usize,
    hidden: &[f32; 8],
    gradient: &mut [f32; 8],
) {
    let count = shared.ids.len().min(errors.len());
    if count == 0 {
        return;
    }
    // SAFETY: the code reads and writes numbers of rows, which the caller promises to be valid, and
    // targets of references. It writes the registers that are listed.
    unsafe {
        asm!(
            "vldmia {gradient}, {{s0-s7}}",
            "vldmia {hidden}, {{s8-s15}}",
            "2:",
            "ldr {row}, [{ids}], #4",
            "mla {row}, {row}, {stride}, {first}",
            "vldmia {errors}!, {{s24}}",
            "vldmia {row}, {{s16-s23}}",
            "vmla.f32 s0, s24, s16",
            "vmla.f32 s1, s24, s17",
            "vmla.f32 s2, s24, s18",
            "vmla.f32 s3, s24, s19",
            "vmla.f32 s4, s24, s20",
            "vmla.f32 s5, s24, s21",
            "vmla.f32 s6, s24, s22",
            "vmla.f32 s7, s24, s23",
            "vmla.f32 s16, s24, s8",
            "vmla.f32 s17, s24, s9",
            "vmla.f32 s18, s24, s10",
            "vmla.f32 s19, s24, s11",
            "vmla.f32 s20, s24, s12",
            "vmla.f32 s21, s24, s13",
            "vmla.f32 s22, s24, s14",
            "vmla.f32 s23, s24, s15",
            "vstmia {row}, {{s16-s23}}",
            "subs {count}, {count}, #1",
            "bne 2b",
            "vstmia {gradient}, {{s0-s7}}",
            ids = inout(reg) shared.ids.as_ptr() => _,
            errors = inout(reg) errors.as_ptr() => _,
            count = inout(reg) count => _,
            first = in(reg) shared.first.cast::<f32>().add(part),
            stride = in(reg) shared.blocks * size_of::<Lanes>(),
            hidden = in(reg) hidden,
            gradient = in(reg) gradient,
            row = out(reg) _,
            out("s0") _,
            out("s1") _,
            out("s2") _,
            out("s3") _,
            out("s4") _,
            out("s5") _,
            out("s6") _,
            out("s7") _,
            out("s8") _,
            out("s9") _,
            out("s10") _,
            out("s11") _,
            out("s12") _,
            out("s13") _,
            out("s14") _,
            out("s15") _,
            out("s16") _,
            out("s17") _,
            out("s18") _,
            out("s19") _,
            out("s20") _,
            out("s21") _,
            out("s22") _,
            out("s23") _,
            out("s24") _,
            options(nostack),
        );
    }
}
