package layertap.input.image.decode;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import layertap.failure.BadRowException;
import layertap.input.value.Base64Image;
import layertap.model.saved.LargeFilePointer;

/** Recognises images by their first bytes, and what is none that is decoded, to say so. */
public final class ImageFormat {
  private static final int SHOWN = 16;
  private static final int BYTE = 8;

  /** Bytes in which brands of ISO media files stand, and more. */
  private static final int BRANDS = 256;

  private static final Pattern HEIC = Pattern.compile("hei[cxms]|hev[cxms]|mif1|msf1");

  /** A format that is not decoded, with its article, and the bytes that tell it. */
  private record Mark(int offset, String bytes, String format) {}

  private static final List<Mark> OTHERS =
      List.of(
          new Mark(0, "II+\0", "a BigTIFF"),
          new Mark(0, "MM\0+", "a BigTIFF"),
          new Mark(4, "JXL ", "a JPEG XL"),
          new Mark(0, "\u00ff\n", "a JPEG XL"),
          new Mark(4, "jP  ", "a JPEG 2000"),
          new Mark(0, "\u00ffO\u00ffQ", "a JPEG 2000"),
          new Mark(0, "II\u00bc", "a JPEG XR"),
          new Mark(0, "8BPS", "a PSD"),
          new Mark(0, "\0\0\1\0", "an ICO"),
          new Mark(0, "icns", "an ICNS"),
          new Mark(0, "gimp xcf", "an XCF"),
          new Mark(0, "%!PS", "an EPS"),
          new Mark(0, "\u00c5\u00d0\u00d3\u00c6", "an EPS"),
          new Mark(0, "\u00d7\u00cd\u00c6\u009a", "a WMF"),
          new Mark(40, " EMF", "an EMF"),
          new Mark(0, "v/1\1", "an OpenEXR"),
          new Mark(0, "#?RADIANCE", "a Radiance HDR"),
          new Mark(0, "#?RGBE", "a Radiance HDR"),
          new Mark(128, "DICM", "a DICOM"),
          new Mark(0, "SIMPLE  =", "a FITS"),
          new Mark(0, "DDS ", "a DDS"),
          new Mark(0, "qoif", "a QOI"),
          new Mark(0, "AT&TFORM", "a DjVu"));

  private static final Pattern NETPBM = Pattern.compile("P[1-7]\\s+[\\d#W].*", Pattern.DOTALL);

  /** An SVG after what may stand before it in XML: a mark of its encoding, a prologue, comments. */
  private static final Pattern SVG =
      Pattern.compile(
          "(\u00ef\u00bb\u00bf)?\\s*(?:<\\?.*?\\?>\\s*|<!--.*?-->\\s*)*+<(!DOCTYPE\\s+|\\w+:)?svg\\b.*",
          Pattern.DOTALL);

  /** How much of a file may stand before an SVG's first tag. */
  private static final int PROLOGUE = 4096;

  /** With what packed files begin, and what packed them. */
  private static final Map<String, String> ARCHIVES =
      Map.of(
          "PK\3\4",
          "zip",
          "\u001f\u008b",
          "gzip",
          "7z\u00bc\u00af",
          "7z",
          "Rar!\u001a",
          "rar",
          "BZh",
          "bzip2",
          "\u00fd7zXZ",
          "xz",
          "(\u00b5/\u00fd",
          "zstd");

  /** Where tar writes its mark, behind the first file's name and the like. */
  private static final int TAR_MARK = 257;

  private ImageFormat() {}

  /** Says why they cannot be decoded. */
  public static BadRowException undecodable(byte[] bytes) {
    String reason = "the image cannot be decoded: it is ";
    String unknown = notDecoded(bytes);
    if (!unknown.isEmpty()) {
      return BadRowException.noImage(reason + unknown);
    }
    String image = image(bytes);
    if (!image.isEmpty()) {
      return new BadRowException(reason + image);
    }
    Optional<String> base64 = Base64Image.found(bytes);
    if (base64.isPresent()) {
      return new BadRowException(reason + base64.get());
    }
    if (LargeFilePointer.isOne(bytes)) {
      return new BadRowException(
          reason + "a pointer of Git LFS to a file, and no image; fetch the files by git lfs pull");
    }
    Optional<String> archive = archive(bytes);
    return archive.isPresent()
        ? BadRowException.noImage(
            "%spacked by %s, and no image; unpack it".formatted(reason, archive.get()))
        : BadRowException.noImage(
            "%snot a JPEG, PNG, GIF, BMP, WebP or TIFF image; it starts with '%s'"
                .formatted(reason, start(bytes)));
  }

  /** Of which format they are, if layertap knows it and does not decode it; else empty. */
  private static String notDecoded(byte[] bytes) {
    if (startsWith(bytes, 0, "%PDF-")) {
      return "a PDF, which layertap cannot decode; convert its pages to JPEG or PNG";
    }
    String other = other(bytes);
    return other.isEmpty()
        ? ""
        : other + " image, which layertap cannot decode; convert it to JPEG or PNG";
  }

  /** Why they are not decoded though their format is; empty if it is not. */
  private static String image(byte[] bytes) {
    String kind = decodable(bytes);
    int bits = ImageHeader.of(bytes).map(ImageHeader::bits).orElse(BYTE);
    if (kind.equals("JPEG") && bits != BYTE) {
      return "a JPEG image of "
          + bits
          + " bits a sample, which TensorFlow cannot decode; convert it to one of 8";
    }
    Optional<String> missing = kind.equals("BMP") ? BitmapFile.missing(bytes) : Optional.empty();
    if (missing.isPresent()) {
      return "a BMP image %s, which TensorFlow cannot decode; convert it to PNG"
          .formatted(missing.get());
    }
    return kind.isEmpty() ? "" : "a damaged " + kind + " image";
  }

  /** A format that is known and not decoded, with its article; else an empty string. */
  private static String other(byte[] bytes) {
    if (startsWith(bytes, 4, "ftyp")) {
      String brands = brands(bytes);
      if (brands.contains("avif") || brands.contains("avis")) {
        return "an AVIF";
      }
      if (HEIC.matcher(brands).find()) {
        return "a HEIC";
      }
    }
    return OTHERS.stream()
        .filter(mark -> startsWith(bytes, mark.offset(), mark.bytes()))
        .map(Mark::format)
        .findFirst()
        .orElseGet(() -> ofText(bytes));
  }

  /** A format that begins with text, and is not decoded, with its article; else an empty string. */
  private static String ofText(byte[] bytes) {
    String text =
        new String(bytes, 0, Math.min(PROLOGUE, bytes.length), StandardCharsets.ISO_8859_1);
    if (SVG.matcher(text).matches()) {
      return "an SVG";
    }
    return NETPBM.matcher(text).matches() ? "a Netpbm" : "";
  }

  /** Which program packed them, if one did. */
  private static Optional<String> archive(byte[] bytes) {
    if (startsWith(bytes, TAR_MARK, "ustar")) {
      return Optional.of("tar");
    }
    return ARCHIVES.entrySet().stream()
        .filter(entry -> startsWith(bytes, 0, entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** What an ISO media file begins with: the brand that it is of, and those that it goes with. */
  private static String brands(byte[] bytes) {
    int length = Math.min(ByteBuffer.wrap(bytes).getInt(0), Math.min(bytes.length, BRANDS));
    return length <= 8 ? "" : new String(bytes, 8, length - 8, StandardCharsets.ISO_8859_1);
  }

  /** The name of the format if it is decoded, else an empty string. */
  public static String decodable(byte[] bytes) {
    if (bytes.length > 2 && bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xd8) {
      return "JPEG";
    }
    if (bytes.length > 4 && bytes[0] == (byte) 0x89 && startsWith(bytes, 1, "PNG")) {
      return "PNG";
    }
    if (startsWith(bytes, 0, "GIF8")) {
      return "GIF";
    }
    if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP")) {
      return "WebP";
    }
    if (startsWith(bytes, 0, "II*\0") || startsWith(bytes, 0, "MM\0*")) {
      return "TIFF";
    }
    return startsWith(bytes, 0, "BM") && BitmapFile.mayBe(bytes) ? "BMP" : "";
  }

  private static boolean startsWith(byte[] bytes, int offset, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < offset + wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (bytes[offset + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private static String start(byte[] bytes) {
    int length = Math.min(SHOWN, bytes.length);
    String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    return text.replaceAll("[^\\x20-\\x7e]", ".");
  }
}
