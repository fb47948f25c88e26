//! The value of one element, read by dicom-rs when it is asked for: text as it stands, numbers in the file's byte order.

use dicom_core::dictionary::{DataDictionary, VirtualVr};
use dicom_core::value::{C, PrimitiveValue};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use dicom_encoding::Endianness;
use dicom_encoding::decode::BasicDecode;
use dicom_encoding::decode::basic::BasicDecoder;

use crate::element::Encoding;
use crate::header_writer::SmallHeader;

/// A value that is not empty, and no sequence.
pub(crate) enum Value<'a> {
    /// Bytes of text, padding included.
    Text {
        bytes: &'a [u8],
        /// Whether a backslash parts it into several values.
        parted: bool,
    },
    /// Numbers, or bytes.
    Numbers(PrimitiveValue),
}

impl<'a> Value<'a> {
    /// The value of entry `index`; `None` for a sequence, an item and an empty value.
    pub fn read(header: &'a SmallHeader, index: u32) -> Option<Self> {
        let entry = header.entries.get(index as usize)?;
        let bytes = header.value(entry);
        if bytes.is_empty() {
            return None;
        }
        use VR::{AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UI, UR, UT};
        match entry.vr {
            LT | ST | UT | UR => Some(Self::Text {
                bytes,
                parted: false,
            }),
            AE | AS | CS | DA | DS | DT | IS | LO | PN | SH | TM | UC | UI => Some(Self::Text {
                bytes,
                parted: true,
            }),
            VR::SQ => None,
            _ => numbers(bytes, vr(header, index), header.encoding).map(Self::Numbers),
        }
    }

    /// The values of text, without padding.
    pub fn parts(bytes: &'a [u8], parted: bool) -> impl Iterator<Item = &'a [u8]> {
        bytes
            .split(move |byte| parted && *byte == b'\\')
            .map(trimmed)
    }
}

/// The value representation as dicom-rs reads it: what Pixel Representation decides takes its sign.
pub(crate) fn vr(header: &SmallHeader, index: u32) -> VR {
    let entry = &header.entries[index as usize];
    match header.signed_from {
        Some(from) if index > from && takes_sign(entry.tag) => VR::SS,
        _ => entry.vr,
    }
}

fn takes_sign(tag: Tag) -> bool {
    let entry = StandardDataDictionary.by_tag(tag);
    entry.is_some_and(|entry| entry.vr == VirtualVr::Xs)
}

/// The walk has checked that the bytes are whole numbers.
fn numbers(bytes: &[u8], vr: VR, encoding: Encoding) -> Option<PrimitiveValue> {
    let order = match encoding {
        Encoding::ExplicitBig => Endianness::Big,
        _ => Endianness::Little,
    };
    let decoder = BasicDecoder::new(order);
    macro_rules! all {
        ($kind:ident, $size:expr, $read:ident) => {{
            let (values, _) = bytes.as_chunks::<$size>();
            let values = values.iter().map(|value| decoder.$read(value.as_slice()));
            PrimitiveValue::$kind(values.collect::<Result<C<_>, _>>().ok()?)
        }};
    }
    Some(match vr {
        VR::US | VR::OW => all!(U16, 2, decode_us),
        VR::SS => all!(I16, 2, decode_ss),
        VR::UL | VR::OL => all!(U32, 4, decode_ul),
        VR::SL => all!(I32, 4, decode_sl),
        VR::UV | VR::OV => all!(U64, 8, decode_uv),
        VR::SV => all!(I64, 8, decode_sv),
        VR::FL | VR::OF => all!(F32, 4, decode_fl),
        VR::FD | VR::OD => all!(F64, 8, decode_fd),
        VR::AT => {
            let (tags, _) = bytes.as_chunks::<4>();
            let tags = tags.iter().map(|tag| {
                let group = decoder.decode_us(&tag[..2]).ok()?;
                Some(Tag(group, decoder.decode_us(&tag[2..]).ok()?))
            });
            PrimitiveValue::Tags(tags.collect::<Option<C<_>>>()?)
        }
        _ => PrimitiveValue::U8(C::from_slice(bytes)),
    })
}

/// Without blanks and zeros around.
pub(crate) fn trimmed(mut bytes: &[u8]) -> &[u8] {
    let padding = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x0B);
    while let [first, rest @ ..] = bytes
        && padding(first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && padding(last)
    {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use dicom_core::PrimitiveValue;
    use dicom_encoding::text::SpecificCharacterSet;
    use dicom_object::InMemDicomObject;
    use dicom_transfer_syntax_registry::entries;

    use crate::cursor::Ahead;
    use crate::dataset::Dataset;
    use crate::element::Encoding;
    use crate::open::{ReadHeader, open, read_header};
    use crate::wanted::Wanted;

    /// The same bytes as dicom-rs reads a whole data set.
    fn whole(header: &ReadHeader) -> InMemDicomObject {
        let small = &header.walked.header;
        let syntax = match small.encoding {
            Encoding::ImplicitLittle => entries::IMPLICIT_VR_LITTLE_ENDIAN.erased(),
            Encoding::ExplicitLittle => entries::EXPLICIT_VR_LITTLE_ENDIAN.erased(),
            Encoding::ExplicitBig => entries::EXPLICIT_VR_BIG_ENDIAN.erased(),
        };
        let set = SpecificCharacterSet::ISO_IR_100;
        InMemDicomObject::read_dataset_with_ts_cs(small.bytes.as_slice(), &syntax, set)
            .expect("a small header is whole")
    }

    fn padding(letter: char) -> bool {
        letter.is_whitespace() || letter == '\0'
    }

    fn compare(ours: &Dataset<'_>, theirs: &InMemDicomObject) -> usize {
        let mut compared = 0;
        for element in theirs {
            let tag = element.header().tag;
            compared += 1;
            assert_eq!(ours.vr(tag), Some(element.vr()), "{tag}");
            if let Some(items) = element.items() {
                let found = ours.items(tag);
                assert_eq!(found.len(), items.len(), "{tag}");
                assert_eq!(ours.has_value(tag), !items.is_empty(), "{tag}");
                compared += found
                    .iter()
                    .zip(items)
                    .map(|(ours, theirs)| compare(ours, theirs))
                    .sum::<usize>();
                continue;
            }
            let value = element.value().primitive().expect("no sequence");
            let parts = value.to_multi_str();
            let codes: Vec<String> = parts
                .iter()
                .map(|part| part.trim_matches(padding).to_owned())
                .collect();
            assert_eq!(ours.codes(tag), codes, "{tag}");
            assert_eq!(ours.has_value(tag), value.calculate_byte_len() > 0, "{tag}");
            let numbers = if matches!(value, PrimitiveValue::Strs(_) | PrimitiveValue::Str(_)) {
                let all: Option<Vec<f64>> = codes.iter().map(|code| code.parse().ok()).collect();
                all.filter(|all| all.iter().all(|number| number.is_finite()))
            } else {
                value.to_multi_finite_float64().ok()
            };
            assert_eq!(ours.numbers(tag), numbers.unwrap_or_default(), "{tag}");
            if let Ok(integers) = value.to_multi_int::<i64>() {
                assert_eq!(ours.integers(tag), integers, "{tag}");
                let words: Vec<u16> = integers.iter().map(|value| *value as u16).collect();
                if !matches!(value, PrimitiveValue::U8(_)) {
                    assert_eq!(ours.words(tag), words, "{tag}");
                }
            }
            match value {
                PrimitiveValue::Tags(tags) => assert_eq!(ours.tags(tag), tags.as_slice()),
                PrimitiveValue::U8(bytes) => assert_eq!(ours.bytes(tag), bytes.as_slice()),
                _ => {}
            }
        }
        compared
    }

    #[test]
    fn every_value_of_every_public_file_is_what_dicom_rs_reads_of_the_whole_header() {
        let shared = std::env::var_os("CLISONIX_SHARED").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
            Into::into,
        );
        let Ok(manifest) = std::fs::read(shared.join("public/manifest.json")) else {
            assert!(
                std::env::var_os("CI").is_none(),
                "the public files are absent"
            );
            eprintln!("SKIPPED every value of every public file: the public files are absent");
            return;
        };
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        let files = manifest["files"].as_array().expect("a list");
        let (mut headers, mut values) = (0, 0);
        for entry in files {
            let path = shared
                .join("public")
                .join(entry["path"].as_str().expect("a path"));
            for wanted in [Wanted::Image, Wanted::Object] {
                let file = File::open(&path).expect("a file");
                let length = file.metadata().expect("its length").len();
                let mut source = Ahead::new(file);
                let Ok(opened) = open(&mut source, length) else {
                    continue;
                };
                let Ok(header) = read_header(
                    &mut source,
                    length,
                    &opened,
                    wanted,
                    kernel_imaging::TextRule::default(),
                ) else {
                    continue;
                };
                let ours = Dataset::new(&header.walked.header, &header.sets);
                values += compare(&ours, &whole(&header));
                headers += 1;
            }
        }
        eprintln!("compared {values} values of {headers} headers");
        assert!(
            headers > files.len() && values > 50 * headers,
            "{values} of {headers}"
        );
    }
}
