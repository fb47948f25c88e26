//! Small explicit little-endian files written element by element.

/// Value representations with a long length.
const LONG: [&[u8; 2]; 6] = [b"SQ", b"OB", b"OW", b"UN", b"UT", b"OF"];

pub fn element(group: u16, number: u16, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut out = group.to_le_bytes().to_vec();
    out.extend(number.to_le_bytes());
    out.extend(vr);
    let padded = value.len() + value.len() % 2;
    if LONG.contains(&vr) {
        out.extend([0, 0]);
        out.extend((padded as u32).to_le_bytes());
    } else {
        out.extend((padded as u16).to_le_bytes());
    }
    out.extend(value);
    if value.len() % 2 == 1 {
        out.push(if vr == b"UI" || vr == b"OB" { 0 } else { b' ' });
    }
    out
}

pub fn text(group: u16, number: u16, vr: &[u8; 2], value: &str) -> Vec<u8> {
    element(group, number, vr, value.as_bytes())
}

pub fn words(group: u16, number: u16, vr: &[u8; 2], values: &[u16]) -> Vec<u8> {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    element(group, number, vr, &bytes)
}

pub fn floats(group: u16, number: u16, values: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    element(group, number, b"FL", &bytes)
}

/// A sequence of items, each a list of elements.
pub fn sequence(group: u16, number: u16, items: &[Vec<u8>]) -> Vec<u8> {
    let mut value = Vec::new();
    for item in items {
        value.extend([0xFE, 0xFF, 0x00, 0xE0]);
        value.extend((item.len() as u32).to_le_bytes());
        value.extend(item);
    }
    element(group, number, b"SQ", &value)
}

pub fn file(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    out.extend(text(0x0002, 0x0010, b"UI", "1.2.840.10008.1.2.1"));
    out.extend(elements.concat());
    out
}

/// A grey image of 16 bits allocated; `before` goes before group 0028, `after` between it and the pixels.
pub fn image(
    size: [u16; 2],
    stored: u16,
    before: &[Vec<u8>],
    after: &[Vec<u8>],
    pixels: &[u16],
) -> Vec<u8> {
    let mut elements = before.to_vec();
    elements.extend([
        words(0x0028, 0x0002, b"US", &[1]),
        text(0x0028, 0x0004, b"CS", "MONOCHROME2"),
        words(0x0028, 0x0010, b"US", &size[..1]),
        words(0x0028, 0x0011, b"US", &size[1..]),
        words(0x0028, 0x0100, b"US", &[16]),
        words(0x0028, 0x0101, b"US", &[stored]),
        words(0x0028, 0x0102, b"US", &[stored - 1]),
        words(0x0028, 0x0103, b"US", &[0]),
    ]);
    elements.extend(after.to_vec());
    elements.push(words(0x7FE0, 0x0010, b"OW", pixels));
    file(&elements)
}
