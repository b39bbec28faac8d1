package layertap.spark.layout;

import static org.apache.hadoop.fs.Options.OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY;
import static org.apache.hadoop.fs.Options.OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_RANDOM;

import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import layertap.spark.failure.DamagedFiles;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.hadoop.util.functional.FutureIO;
import org.apache.spark.sql.catalyst.csv.CSVOptions;
import scala.collection.immutable.Map$;
import scala.jdk.javaapi.CollectionConverters;

/** Reads the header of a CSV file as Spark does. */
final class CsvHeader {
  /** A header is shorter; and what has no lines may be of any length. */
  private static final int MOST_CHARS = 1 << 20;

  private final CSVOptions options;
  private final Configuration hadoop;

  CsvHeader(Map<String, String> options, Configuration hadoop) {
    this.options =
        new CSVOptions(Map$.MODULE$.from(CollectionConverters.asScala(options)), false, "UTC");
    this.hadoop = hadoop;
  }

  /** The column in which Spark puts rows that it cannot read; no file has it. */
  String corruptRecord() {
    return options.columnNameOfCorruptRecord();
  }

  /**
   * The cells of the header; none if the file has none that can be read, which the job will say.
   *
   * @throws UncheckedIOException if storage fails
   */
  List<String> of(FileStatus file) {
    try (Reader reader = open(file, Charset.forName(options.charset()))) {
      return Stream.of(cells(reader)).map(cell -> Objects.toString(cell, "").strip()).toList();
    } catch (IOException | RuntimeException e) {
      if (!(e instanceof FileNotFoundException) && DamagedFiles.isOfStorage(e)) {
        throw new UncheckedIOException(
            "cannot read the header of " + file.getPath(),
            e instanceof IOException failure ? failure : new IOException(e));
      }
      return List.of();
    }
  }

  private String[] cells(Reader reader) throws IOException {
    CsvParserSettings settings = options.asParserSettings();
    if (!options.multiLine()) {
      String line = firstLine(reader);
      return line.isEmpty() ? new String[0] : new CsvParser(settings).parseLine(line);
    }
    settings.setMaxCharsPerColumn(MOST_CHARS);
    CsvParser parser = new CsvParser(settings);
    parser.beginParsing(reader);
    String[] cells = parser.parseNext();
    return cells == null ? new String[0] : cells;
  }

  /** The first line that is no comment; empty if there is none. */
  private String firstLine(Reader reader) throws IOException {
    StringBuilder chars = new StringBuilder();
    for (int count = 0; count < MOST_CHARS; count++) {
      int next = reader.read();
      if (next >= 0 && next != '\n' && next != '\r') {
        chars.append((char) next);
        continue;
      }
      String line = chars.toString().replaceFirst("^\uFEFF", "");
      if (isHeader(line)) {
        return line;
      }
      if (next < 0) {
        break;
      }
      chars.setLength(0);
    }
    return "";
  }

  private boolean isHeader(String line) {
    return !line.isBlank()
        && !(options.isCommentSet() && line.startsWith(String.valueOf(options.comment())));
  }

  private Reader open(FileStatus file, Charset charset) throws IOException {
    return new BufferedReader(new InputStreamReader(open(file), charset));
  }

  /** An object store is asked for the bytes that are read, not for all of the file. */
  private InputStream open(FileStatus file) throws IOException {
    Path path = file.getPath();
    InputStream bytes =
        FutureIO.awaitFuture(
            path.getFileSystem(hadoop)
                .openFile(path)
                .withFileStatus(file)
                .opt(FS_OPTION_OPENFILE_READ_POLICY, FS_OPTION_OPENFILE_READ_POLICY_RANDOM)
                .build());
    CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(path);
    try {
      return codec == null ? bytes : codec.createInputStream(bytes);
    } catch (IOException | RuntimeException e) {
      bytes.close();
      throw e;
    }
  }
}
