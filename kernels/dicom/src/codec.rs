//! Transfer syntaxes: which decoder each needs, whether it loses values, and what is not handled yet.

use dicom_dictionary_std::uids;
use kernel_imaging::{Instance, PhotometricInterpretation, PixelDataLocation, SampleKind};

use crate::error::DicomError;

/// Explicit VR Big Endian, retired but met.
pub(crate) const EXPLICIT_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// The decoder of a transfer syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Native,
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
    JpegXl,
    DeflatedFrame,
    EncapsulatedUncompressed,
}

/// Whether a transfer syntax loses values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    Never,
    Possibly,
    Always,
}

/// Transfer syntax, decoder, loss and name.
const SYNTAXES: [(&str, Codec, Loss, &str); 23] = [
    (
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        Codec::Native,
        Loss::Never,
        "uncompressed",
    ),
    (
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        Codec::Native,
        Loss::Never,
        "uncompressed",
    ),
    (
        EXPLICIT_BIG_ENDIAN,
        Codec::Native,
        Loss::Never,
        "uncompressed",
    ),
    (
        uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        Codec::Native,
        Loss::Never,
        "deflated",
    ),
    (
        uids::ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN,
        Codec::EncapsulatedUncompressed,
        Loss::Never,
        "uncompressed",
    ),
    (uids::RLE_LOSSLESS, Codec::Rle, Loss::Never, "RLE"),
    (
        uids::JPEG_BASELINE8_BIT,
        Codec::Jpeg,
        Loss::Always,
        "JPEG baseline",
    ),
    (
        uids::JPEG_EXTENDED12_BIT,
        Codec::Jpeg,
        Loss::Always,
        "JPEG extended",
    ),
    (
        uids::JPEG_LOSSLESS,
        Codec::Jpeg,
        Loss::Never,
        "JPEG lossless",
    ),
    (
        uids::JPEG_LOSSLESS_SV1,
        Codec::Jpeg,
        Loss::Never,
        "JPEG lossless",
    ),
    (uids::JPEGLS_LOSSLESS, Codec::JpegLs, Loss::Never, "JPEG-LS"),
    (
        uids::JPEGLS_NEAR_LOSSLESS,
        Codec::JpegLs,
        Loss::Possibly,
        "JPEG-LS near-lossless",
    ),
    (
        uids::JPEG2000_LOSSLESS,
        Codec::Jpeg2000,
        Loss::Never,
        "JPEG 2000",
    ),
    (uids::JPEG2000, Codec::Jpeg2000, Loss::Possibly, "JPEG 2000"),
    (
        uids::JPEG2000MC_LOSSLESS,
        Codec::Jpeg2000,
        Loss::Never,
        "JPEG 2000",
    ),
    (
        uids::JPEG2000MC,
        Codec::Jpeg2000,
        Loss::Possibly,
        "JPEG 2000",
    ),
    (uids::HTJ2K_LOSSLESS, Codec::Jpeg2000, Loss::Never, "HTJ2K"),
    (
        uids::HTJ2K_LOSSLESS_RPCL,
        Codec::Jpeg2000,
        Loss::Never,
        "HTJ2K",
    ),
    (uids::HTJ2K, Codec::Jpeg2000, Loss::Possibly, "HTJ2K"),
    (uids::JPEGXL_LOSSLESS, Codec::JpegXl, Loss::Never, "JPEG XL"),
    (
        uids::JPEGXLJPEG_RECOMPRESSION,
        Codec::JpegXl,
        Loss::Always,
        "JPEG XL of a JPEG",
    ),
    (uids::JPEGXL, Codec::JpegXl, Loss::Possibly, "JPEG XL"),
    (
        uids::DEFLATED_IMAGE_FRAME_COMPRESSION,
        Codec::DeflatedFrame,
        Loss::Never,
        "deflated frames",
    ),
];

/// The decoder of a transfer syntax, if there is one.
pub(crate) fn codec(transfer_syntax_uid: &str) -> Option<Codec> {
    SYNTAXES
        .iter()
        .find(|(uid, ..)| *uid == transfer_syntax_uid)
        .map(|(_, codec, ..)| *codec)
}

/// Whether a transfer syntax loses values.
pub(crate) fn loss(transfer_syntax_uid: &str) -> Loss {
    if is_video(transfer_syntax_uid) {
        return Loss::Always;
    }
    SYNTAXES
        .iter()
        .find(|(uid, ..)| *uid == transfer_syntax_uid)
        .map_or(Loss::Never, |(_, _, loss, _)| *loss)
}

/// What a reader calls the compression.
pub(crate) fn name(transfer_syntax_uid: &str) -> &'static str {
    if is_video(transfer_syntax_uid) {
        return "video";
    }
    SYNTAXES
        .iter()
        .find(|(uid, ..)| *uid == transfer_syntax_uid)
        .map_or("unknown compression", |(.., name)| *name)
}

/// MPEG2, H.264 and H.265 (PS3.6 Table A-1): 1.2.840.10008.1.2.4.100 to .108, with fragmentable forms.
fn is_video(transfer_syntax_uid: &str) -> bool {
    transfer_syntax_uid
        .strip_prefix("1.2.840.10008.1.2.4.10")
        .is_some_and(|rest| {
            rest.bytes()
                .next()
                .is_some_and(|digit| digit.is_ascii_digit())
        })
}

/// Checks that frames of this instance can be decoded, before any of them is.
pub(crate) fn supported(instance: &Instance) -> Result<Codec, DicomError> {
    let uid = instance.transfer_syntax_uid.as_str();
    let unsupported = |text: String| Err(DicomError::Unsupported(text));
    let Some(codec) = codec(uid) else {
        if is_video(uid) {
            return unsupported(format!("video (transfer syntax `{uid}`)"));
        }
        return unsupported(format!("transfer syntax `{uid}`"));
    };
    let bits = instance.bits_allocated;
    match &instance.pixel_data {
        PixelDataLocation::Absent => return unsupported("an object without pixels".to_owned()),
        PixelDataLocation::Native { kind, .. } => {
            if codec != Codec::Native {
                return unsupported(format!(
                    "uncompressed pixel data in transfer syntax `{uid}`"
                ));
            }
            let expected: &[u16] = match kind {
                SampleKind::Integer => &[1, 8, 16, 32],
                SampleKind::Float => &[32],
                SampleKind::Double => &[64],
            };
            if !expected.contains(&bits) {
                return unsupported(format!("samples of {bits} bits allocated"));
            }
        }
        PixelDataLocation::Encapsulated { .. } => {
            if codec == Codec::Native {
                return unsupported(format!("compressed pixel data in transfer syntax `{uid}`"));
            }
            let expected: &[u16] = match codec {
                Codec::EncapsulatedUncompressed => &[8, 16, 32],
                Codec::Rle | Codec::DeflatedFrame | Codec::Jpeg2000 => &[1, 8, 16, 32],
                _ => &[8, 16],
            };
            if !expected.contains(&bits) {
                return unsupported(format!("{} with {bits} bits allocated", name(uid)));
            }
        }
    }
    use PhotometricInterpretation::{
        Monochrome1, Monochrome2, Other, PaletteColor, Rgb, YbrFull, YbrFull422, YbrIct, YbrRct,
    };
    let samples = match &instance.photometric {
        Monochrome1 | Monochrome2 | PaletteColor => 1,
        Rgb | YbrFull | YbrFull422 | YbrRct | YbrIct => 3,
        Other(code) => return unsupported(format!("photometric interpretation `{code}`")),
    };
    if instance.samples_per_pixel != samples {
        return Err(DicomError::Damaged(format!(
            "{} with {} samples per pixel",
            instance.photometric, instance.samples_per_pixel
        )));
    }
    if samples == 3 && bits == 1 {
        return unsupported("colour of one bit".to_owned());
    }
    if instance.photometric == YbrFull422
        && codec == Codec::Native
        && (!instance.columns.is_multiple_of(2) || bits != 8)
    {
        return unsupported(
            "YBR_FULL_422 with an odd number of columns or more than 8 bits".to_owned(),
        );
    }
    Ok(codec)
}
