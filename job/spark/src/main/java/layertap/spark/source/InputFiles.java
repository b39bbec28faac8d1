package layertap.spark.source;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.failure.UserException;
import layertap.hadoop.HadoopFiles;
import layertap.input.image.decode.ImageFormat;
import layertap.spark.tfrecord.TfRecordFormat;
import org.apache.hadoop.fs.FileStatus;

/**
 * Which of the files below a path are rows, and how they are read.
 *
 * @param format as {@code input.format} names it
 * @param options of the reader
 * @param facts as sentences for the reader
 * @param files of that format
 */
record InputFiles(
    String format, Map<String, String> options, List<String> facts, List<FileStatus> files) {
  /** Fewer than one in so many files of another kind are strays. */
  private static final int FILES_BESIDE_STRAY = 10;

  private static final int SHOWN = 3;
  private static final String FEATURES =
      "A column for each feature of the first 100 records; those of bytes are binary, and texts if"
          + " input.schema names them with the type string.";

  private static final String PARQUET_START = "PAR1";
  private static final long LARGEST_LOOKED_INTO = 100_000_000;

  /**
   * Tells it by names, and by the first bytes of a file where they tell nothing.
   *
   * @throws UserException if files of several kinds, or of an unknown one, may be meant
   */
  static InputFiles of(String location, FoundFiles found) {
    if (found.isDelta()) {
      return new InputFiles("delta", Map.of(), List.of("A table of Delta Lake."), found.files());
    }
    if (found.files().isEmpty()) {
      throw new UserException(
          ("cannot tell what rows %s holds: there is no file in it that a reader would see; name a"
                  + " folder with files")
              .formatted(location));
    }
    Map<FileKind, Long> counts = found.countsByKind();
    List<FileKind> kinds =
        counts.keySet().stream()
            .filter(FileKind::isOfRows)
            .sorted((one, other) -> Long.compare(counts.get(other), counts.get(one)))
            .toList();
    if (kinds.isEmpty()) {
      return ofUnnamed(location, found, counts);
    }
    FileKind kind = kinds.get(0);
    long others = kinds.stream().skip(1).mapToLong(counts::get).sum();
    if (others * FILES_BESIDE_STRAY > counts.get(kind)) {
      throw new UserException(
          ("cannot tell which files of %s are the rows: there are %s; name a folder that holds one"
                  + " kind, or files by a glob such as '%s/*.%s'")
              .formatted(
                  location,
                  kinds.stream()
                      .map(each -> each.words(counts.get(each)))
                      .collect(Collectors.joining(" and ")),
                  location,
                  FileKind.ending(found.of(kind).get(0).getPath().getName())));
    }
    return of(kind, found);
  }

  private static InputFiles of(FileKind kind, FoundFiles found) {
    List<FileStatus> rows = found.of(kind);
    List<String> strays =
        found.files().stream()
            .map(file -> file.getPath().getName())
            .filter(name -> FileKind.of(name) != kind)
            .toList();
    Map<String, String> options = new LinkedHashMap<>();
    List<String> facts = new ArrayList<>();
    facts.add(
        "%s%s in %s %s."
            .formatted(
                found.isAll() ? "" : "Among the first files: ",
                kind.words(rows.size()),
                count(found.folderCount()),
                found.folderCount() == 1 ? "folder" : "folders"));
    if (!strays.isEmpty() || !found.isAll()) {
      options.put("pathGlobFilter", glob(kind, rows));
    }
    if (!strays.isEmpty()) {
      facts.add(
          "Left out by pathGlobFilter, since they are none: %s%s."
              .formatted(
                  String.join(", ", strays.subList(0, Math.min(SHOWN, strays.size()))),
                  strays.size() > SHOWN ? " and %s more".formatted(strays.size() - SHOWN) : ""));
    }
    if (kind == FileKind.CSV) {
      options.putAll(CsvOptions.of(rows.get(0), facts));
    }
    if (kind == FileKind.TFRECORD) {
      facts.add(FEATURES);
    }
    return new InputFiles(kind.format(), options, facts, rows);
  }

  /** All endings of the kind, in small and large letters, since more files may come. */
  private static String glob(FileKind kind, List<FileStatus> rows) {
    Set<String> endings = new LinkedHashSet<>(kind.endings());
    kind.endings().forEach(ending -> endings.add(ending.toUpperCase(Locale.ROOT)));
    rows.forEach(file -> endings.add(afterName(file.getPath().getName())));
    return "*.{%s}".formatted(String.join(",", endings));
  }

  /** The ending with that of a compression. */
  private static String afterName(String name) {
    String ending = FileKind.ending(name);
    return name.substring(name.lastIndexOf("." + ending) + 1);
  }

  private static InputFiles ofUnnamed(
      String location, FoundFiles found, Map<FileKind, Long> counts) {
    FileStatus first = found.files().get(0);
    if (TfRecordFormat.isOne(first.getPath(), HadoopFiles.configuration())) {
      return new InputFiles(
          FileKind.TFRECORD.format(),
          Map.of(),
          List.of(byFirstBytes(first), FEATURES),
          found.files());
    }
    byte[] start =
        first.getLen() > LARGEST_LOOKED_INTO
            ? new byte[0]
            : HadoopFiles.read(first.getPath().toString());
    List<String> facts = List.of(byFirstBytes(first));
    if (!ImageFormat.decodable(start).isEmpty()) {
      return new InputFiles(FileKind.IMAGES.format(), Map.of(), facts, found.files());
    }
    if (new String(start, 0, Math.min(4, start.length), StandardCharsets.US_ASCII)
        .equals(PARQUET_START)) {
      return new InputFiles(FileKind.PARQUET.format(), Map.of(), facts, found.files());
    }
    if (counts.keySet().equals(Set.of(FileKind.TEXT))) {
      return new InputFiles(
          FileKind.TEXT.format(), Map.of(), List.of("A row for each line."), found.files());
    }
    throw new UserException(
        ("cannot tell how %s is read: its files are named as %s; write a configuration with"
                + " input.format = the name of a Spark source that reads them, or convert them to"
                + " Parquet")
            .formatted(location, first.getPath().getName()));
  }

  private static String byFirstBytes(FileStatus file) {
    return "Told by the first bytes of %s.".formatted(file.getPath().getName());
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
