package layertap.spark.failure;

import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import layertap.failure.FirstLine;
import layertap.failure.NearestNames;
import layertap.failure.UserException;
import org.apache.spark.sql.AnalysisException;

/** Says with the key that is to be corrected what Spark refuses of an input before it reads it. */
public final class InputFailures {
  private static final Pattern NO_PATH =
      Pattern.compile("\\[PATH_NOT_FOUND] Path does not exist: (.*)\\. SQLSTATE: \\w+.*");

  private static final Pattern NO_FORMAT =
      Pattern.compile("\\[DATA_SOURCE_NOT_FOUND] Failed to find the data source: (.*?)\\. .*");

  private static final Pattern NO_TABLE =
      Pattern.compile("\\[TABLE_OR_VIEW_NOT_FOUND] The table or view (.*) cannot be found\\..*");

  private static final Pattern STATE = Pattern.compile("[.;]? SQLSTATE: \\w+");

  private static final List<String> FORMATS =
      List.of(
          "image-files",
          "tfrecord",
          "parquet",
          "orc",
          "csv",
          "json",
          "avro",
          "text",
          "binaryFile",
          "jdbc");

  private InputFailures() {}

  /** What becomes of Spark's refusal of a source. */
  public static UserException of(Exception failure) {
    String line = FirstLine.of(failure);
    Matcher path = NO_PATH.matcher(line);
    if (path.matches()) {
      return new UserException(
          "cannot read the input: there is nothing at %s; correct input.path%s"
              .formatted(path.group(1), hint(path.group(1))),
          failure);
    }
    Matcher format = NO_FORMAT.matcher(line);
    if (format.matches()) {
      return new UserException(
          ("cannot read the input: Spark has no source named '%s'; correct input.format (the nearest"
                  + " is '%s'), or add the package that has it with --packages")
              .formatted(format.group(1), NearestNames.of(format.group(1), FORMATS).get(0)),
          failure);
    }
    Matcher table = NO_TABLE.matcher(line);
    if (table.matches()) {
      return new UserException(
          ("cannot read the input: there is no table or view %s in the session's catalog; correct"
                  + " input.table, or start Spark with the catalog that has it")
              .formatted(table.group(1)),
          failure);
    }
    return new UserException("cannot read the input: " + line + "; check input", failure);
  }

  /** What people write in paths that stands there as it is. */
  private static String hint(String path) {
    if (path.matches(".*/'[^/]*(/.*)?'")) {
      return ": texts are quoted by \", and ' is part of them";
    }
    if (path.contains("${")) {
      return ": ${…} is replaced outside of quotes only, as in ${HOME}\"/photos\"";
    }
    if (path.matches("(.*/)?~(/.*)?")) {
      return ": ~ is not replaced; write ${HOME}\"/photos\"";
    }
    if (path.matches(".*[*?{}\\[\\]].*")) {
      return ": it is a pattern; where a name has such a character, write \\\\ before it";
    }
    return path.matches(".*%\\p{XDigit}{2}.*")
        ? ": %… is not replaced; write the characters themselves"
        : "";
  }

  /**
   * Does something with an expression of the configuration.
   *
   * @param key where it stands
   * @throws UserException if Spark refuses it
   */
  public static <T> T naming(String key, Supplier<T> work) {
    try {
      return work.get();
    } catch (Exception e) {
      // Spark, in Scala, throws checked exceptions without declaring them.
      if (e instanceof AnalysisException) {
        String line = STATE.matcher(FirstLine.of(e)).replaceAll("").replaceFirst("[;.\\s]+$", "");
        throw new UserException(
            "cannot use the expression of %s: %s; correct it".formatted(key, line), e);
      }
      throw e;
    }
  }
}
