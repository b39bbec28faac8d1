package layertap.spark.layout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ForkJoinPool;
import layertap.failure.UserException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * Headers of CSV files. Spark takes a column by its place, and the name of that place from the
 * schema or from one of the files: in a file whose columns stand in another order it would hand
 * over the values of others.
 */
public final class CsvHeaders {
  private static final String HEADER = "header";
  private static final String ENFORCE_SCHEMA = "enforceSchema";
  private static final String CORRUPT_RECORD = "columnNameOfCorruptRecord";

  /** Where lines end otherwise, the first one is not looked at. */
  private static final String LINE_END = "lineSep";

  /** A header is shorter; and what has no lines may be of any length. */
  private static final int MOST_CHARS = 1 << 20;

  private static final int THREADS = 16;

  private final Map<String, String> options = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final boolean isSchemaGiven;
  private final Configuration hadoop;
  private final Map<String, Integer> places = new HashMap<>();

  private CsvHeaders(
      Map<String, String> options,
      List<String> names,
      boolean isSchemaGiven,
      Configuration hadoop) {
    this.options.putAll(options);
    this.isSchemaGiven = isSchemaGiven;
    this.hadoop = hadoop;
    String corrupt = this.options.getOrDefault(CORRUPT_RECORD, "_corrupt_record");
    names.stream()
        .filter(name -> !name.equals(corrupt))
        .forEach(name -> places.put(lower(name), places.size()));
  }

  /**
   * Goes on only if no file has a column at another place than its name has in the schema.
   *
   * @param options of the reader
   * @param names of the schema's columns
   * @param isSchemaGiven whether the configuration has it; else it is that of one of the files
   * @throws UserException if one has
   */
  public static void require(
      List<FileStatus> files,
      Map<String, String> options,
      List<String> names,
      boolean isSchemaGiven,
      Configuration hadoop) {
    CsvHeaders headers = new CsvHeaders(options, names, isSchemaGiven, hadoop);
    if (!headers.areChecked() || (files.size() < 2 && !isSchemaGiven)) {
      return;
    }
    ForkJoinPool threads = new ForkJoinPool(THREADS);
    try {
      Optional<String> refusal =
          threads
              .submit(
                  () ->
                      files.parallelStream()
                          .flatMap(file -> headers.refusal(file.getPath()).stream())
                          .findFirst())
              .join();
      if (refusal.isPresent()) {
        throw new UserException(refusal.get());
      }
    } finally {
      threads.shutdown();
    }
  }

  private boolean areChecked() {
    return Boolean.parseBoolean(options.get(HEADER))
        && !options.containsKey(ENFORCE_SCHEMA)
        && !options.containsKey(LINE_END);
  }

  private Optional<String> refusal(Path file) {
    List<String> header = firstLine(file).map(this::cells).orElse(List.of());
    for (int place = 0; place < header.size(); place++) {
      String name = header.get(place);
      int wanted = places.getOrDefault(lower(name), place);
      // Of a name that is there twice Spark makes others.
      if (wanted != place && Collections.frequency(header, name) == 1) {
        return Optional.of(
            ("cannot read %s: in its header '%s' is column %s, in %s column %s, and Spark takes the"
                    + " columns of CSV by their places; %s, or, if the header is wrong, set"
                    + " input.options { enforceSchema = true }")
                .formatted(
                    file,
                    name,
                    place + 1,
                    isSchemaGiven ? "input.schema" : "that of another file",
                    wanted + 1,
                    isSchemaGiven
                        ? "write all columns of the header into input.schema, in its order"
                        : "read files of each order by a job of its own"));
      }
    }
    return Optional.empty();
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Names in a line; none if it goes on in the next one. */
  private List<String> cells(String line) {
    String separator = options.getOrDefault("sep", options.getOrDefault("delimiter", ","));
    separator = separator.equals("\\t") ? "\t" : separator;
    String quote = options.getOrDefault("quote", "\"");
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean isQuoted = false;
    for (int at = 0; at < line.length(); at++) {
      if (!quote.isEmpty() && line.charAt(at) == quote.charAt(0)) {
        isQuoted = !isQuoted;
      } else if (!isQuoted && line.startsWith(separator, at)) {
        cells.add(cell.toString().strip());
        cell.setLength(0);
        at += separator.length() - 1;
      } else {
        cell.append(line.charAt(at));
      }
    }
    cells.add(cell.toString().strip());
    return isQuoted ? List.of() : cells;
  }

  /** The first line that is no comment; empty if it cannot be read, which the job will say. */
  private Optional<String> firstLine(Path path) {
    try (Reader reader = new BufferedReader(new InputStreamReader(open(path), charset()))) {
      StringBuilder chars = new StringBuilder();
      for (int count = 0; count < MOST_CHARS; count++) {
        int next = reader.read();
        if (next >= 0 && next != '\n' && next != '\r') {
          chars.append((char) next);
          continue;
        }
        String line = chars.toString().replaceFirst("^\uFEFF", "");
        if (isHeader(line)) {
          return Optional.of(line);
        }
        if (next < 0) {
          break;
        }
        chars.setLength(0);
      }
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private boolean isHeader(String line) {
    String comment = options.getOrDefault("comment", "");
    return !line.isBlank() && (comment.isEmpty() || !line.startsWith(comment));
  }

  private Charset charset() {
    return Charset.forName(
        options.getOrDefault("encoding", options.getOrDefault("charset", "UTF-8")));
  }

  private InputStream open(Path path) throws IOException {
    CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(path);
    InputStream bytes = path.getFileSystem(hadoop).open(path);
    try {
      return codec == null ? bytes : codec.createInputStream(bytes);
    } catch (IOException | RuntimeException e) {
      bytes.close();
      throw e;
    }
  }
}
