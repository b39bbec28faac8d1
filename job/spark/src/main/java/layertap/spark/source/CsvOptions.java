package layertap.spark.source;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.hadoop.HadoopFiles;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** How CSV is read, by its first line: by default Spark expects no header and reads only texts. */
final class CsvOptions {
  private CsvOptions() {}

  /**
   * The options of the reader.
   *
   * @param facts to which what was seen is added
   */
  static Map<String, String> of(FileStatus file, List<String> facts) {
    Map<String, String> options = new LinkedHashMap<>();
    String separator = file.getPath().getName().contains(".tsv") ? "\t" : ",";
    String[] cells = firstLine(file.getPath()).split(separator);
    boolean hasHeader = Arrays.stream(cells).noneMatch(CsvOptions::isNumber);
    options.put("header", String.valueOf(hasHeader));
    options.put("inferSchema", "true");
    if (separator.equals("\t")) {
      options.put("sep", "\\t");
    }
    facts.add(
        hasHeader
            ? "The first line holds no number, so it names the columns."
            : "The first line holds numbers, so it is a row; columns are named _c0, _c1 and so on.");
    return options;
  }

  private static boolean isNumber(String cell) {
    return cell.strip().replace("\"", "").matches("[-+]?\\d+(\\.\\d*)?([eE][-+]?\\d+)?");
  }

  private static String firstLine(Path path) {
    if (!path.getName().matches(".*\\.(csv|tsv|CSV|TSV)")) {
      return "";
    }
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                path.getFileSystem(HadoopFiles.configuration()).open(path),
                StandardCharsets.UTF_8))) {
      String line = reader.readLine();
      return line == null ? "" : line;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }
}
