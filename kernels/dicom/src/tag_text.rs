//! One value as a line of text for the tag inspector.

use dicom_core::VR;

use crate::text::CharacterSets;

/// Most numbers of one value that are shown.
const NUMBERS_MAX: usize = 32;
/// Most bytes of a binary value that are shown, in hexadecimal.
const BYTES_MAX: usize = 16;

/// The value, numbers parted by `\` as in the file; `big` is the byte order of numbers.
pub(crate) fn value_text(vr: VR, bytes: &[u8], big: bool, sets: &CharacterSets) -> String {
    match vr {
        VR::US => numbers(bytes, big, |b: [u8; 2]| u16::from_le_bytes(b)),
        VR::SS => numbers(bytes, big, |b: [u8; 2]| i16::from_le_bytes(b)),
        VR::UL => numbers(bytes, big, |b: [u8; 4]| u32::from_le_bytes(b)),
        VR::SL => numbers(bytes, big, |b: [u8; 4]| i32::from_le_bytes(b)),
        VR::UV => numbers(bytes, big, |b: [u8; 8]| u64::from_le_bytes(b)),
        VR::SV => numbers(bytes, big, |b: [u8; 8]| i64::from_le_bytes(b)),
        VR::FL | VR::OF => numbers(bytes, big, |b: [u8; 4]| f32::from_le_bytes(b)),
        VR::FD | VR::OD => numbers(bytes, big, |b: [u8; 8]| f64::from_le_bytes(b)),
        VR::AT => pointers(bytes, big),
        VR::OB | VR::OW | VR::OL | VR::OV => hexadecimal(bytes),
        VR::UN if !is_text(bytes) => hexadecimal(bytes),
        _ => one_line(&sets.decode(bytes)),
    }
}

fn numbers<const N: usize, T: ToString>(
    bytes: &[u8],
    big: bool,
    number: impl Fn([u8; N]) -> T,
) -> String {
    let all = bytes.as_chunks::<N>().0;
    let shown: Vec<String> = all
        .iter()
        .take(NUMBERS_MAX)
        .map(|chunk| {
            let mut chunk = *chunk;
            if big {
                chunk.reverse();
            }
            number(chunk).to_string()
        })
        .collect();
    let more = if all.len() > NUMBERS_MAX { "\\…" } else { "" };
    format!("{}{more}", shown.join("\\"))
}

fn pointers(bytes: &[u8], big: bool) -> String {
    let word = |pair: [u8; 2]| {
        if big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    };
    let all = bytes.as_chunks::<4>().0.iter().take(NUMBERS_MAX);
    let shown: Vec<String> = all
        .map(|[a, b, c, d]| format!("({:04X},{:04X})", word([*a, *b]), word([*c, *d])))
        .collect();
    shown.join("\\")
}

fn hexadecimal(bytes: &[u8]) -> String {
    let shown = bytes.iter().take(BYTES_MAX);
    let text: Vec<String> = shown.map(|byte| format!("{byte:02X}")).collect();
    let more = if bytes.len() > BYTES_MAX { " …" } else { "" };
    format!("{}{more}", text.join(" "))
}

fn is_text(bytes: &[u8]) -> bool {
    let trimmed = bytes.trim_ascii_end();
    let trimmed = trimmed.strip_suffix(&[0]).unwrap_or(trimmed);
    trimmed
        .iter()
        .all(|byte| matches!(byte, 0x20..=0x7E | b'\t' | b'\r' | b'\n'))
}

/// Line ends as marks, other control characters as spaces: a row is one line.
fn one_line(text: &str) -> String {
    text.replace("\r\n", " ⏎ ")
        .chars()
        .map(|letter| match letter {
            '\n' | '\r' => '⏎',
            other if other.is_control() => ' ',
            other => other,
        })
        .collect()
}
