package layertap.spark.source;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What files hold, by the ends of their names. */
enum FileKind {
  IMAGES("image-files", "image", "jpg jpeg png gif bmp webp tif tiff"),
  PARQUET("parquet", "Parquet", "parquet parq"),
  ORC("orc", "ORC", "orc"),
  JSON("json", "JSON", "json jsonl ndjson"),
  CSV("csv", "CSV", "csv tsv"),
  AVRO("avro", "Avro", "avro"),
  TFRECORD("tfrecord", "TFRecord", "tfrecord tfrecords tfrec"),
  TEXT("text", "text", "txt"),
  OTHER("", "other", "");

  private static final Pattern COMPRESSED = Pattern.compile("\\.(gz|bz2|zst|lz4|snappy|deflate)$");

  private final String format;
  private final String words;
  private final String endings;

  FileKind(String format, String words, String endings) {
    this.format = format;
    this.words = words;
    this.endings = endings;
  }

  /** As {@code input.format} names it; empty if nothing reads such files. */
  String format() {
    return format;
  }

  /** So many such files. */
  String words(long count) {
    return "%s %s %s"
        .formatted(String.format(Locale.ROOT, "%,d", count), words, count == 1 ? "file" : "files");
  }

  List<String> endings() {
    return List.of(endings.split(" "));
  }

  /** Whether it may be what an input is made of; text lies beside anything. */
  boolean isOfRows() {
    return this != TEXT && this != OTHER;
  }

  static FileKind of(String name) {
    String ending = ending(name).toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(kind -> !ending.isEmpty() && kind.endings().contains(ending))
        .findFirst()
        .orElse(OTHER);
  }

  /** What follows the last dot of a name, that of a compression aside; as it is written. */
  static String ending(String name) {
    String plain = COMPRESSED.matcher(name).replaceFirst("");
    int dot = plain.lastIndexOf('.');
    return dot < 0 ? "" : plain.substring(dot + 1);
  }
}
