package layertap.spark.failure;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import layertap.failure.FirstLine;
import layertap.failure.NearestNames;
import layertap.failure.UserException;
import org.apache.spark.sql.AnalysisException;

/** Says with the key that is to be corrected what Spark refuses of an input before it reads it. */
public final class InputFailures {
  private static final Pattern NO_COMMON_SCHEMA =
      Pattern.compile("(?s).*\\[CANNOT_MERGE_SCHEMAS].*?(\".*\").*?(\".*\")\\. SQLSTATE.*");

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

  private static final List<Refusal> KNOWN =
      List.of(
          new Refusal(
              Pattern.compile("\\[PATH_NOT_FOUND] Path does not exist: (.*)\\. SQLSTATE: \\w+.*"),
              found ->
                  "there is nothing at %s; correct input.path%s"
                      .formatted(found.group(1), hint(found.group(1)))),
          new Refusal(
              Pattern.compile(
                  "\\[TABLE_OR_VIEW_NOT_FOUND] The table or view (.*) cannot be found\\..*"),
              found ->
                  ("there is no table or view %s in the session's catalog; correct input.table, or"
                          + " start Spark with the catalog that has it")
                      .formatted(found.group(1))),
          new Refusal(
              Pattern.compile(
                  "\\[DATA_SOURCE_NOT_FOUND] Failed to find the data source: (.*?)\\. .*"),
              found ->
                  ("Spark has no source named '%s'; correct input.format (the nearest is '%s'), or"
                          + " add the package that has it with --packages")
                      .formatted(found.group(1), NearestNames.of(found.group(1), FORMATS).get(0))),
          new Refusal(
              Pattern.compile("\\[UNABLE_TO_INFER_SCHEMA] Unable to infer schema for (\\w+)\\. .*"),
              found ->
                  ("there is no %s file at input.path that tells its columns; for files in folders"
                          + " below it set input.options { recursiveFileLookup = true }, else"
                          + " correct input.path, or, if there may be none, set input.schema")
                      .formatted(found.group(1))),
          new Refusal(
              NO_COMMON_SCHEMA,
              found ->
                  ("its files have columns of one name with types that mergeSchema does not join, %s"
                          + " and %s; set input.schema, or write the files with the same types")
                      .formatted(found.group(1), found.group(2))));

  private InputFailures() {}

  /**
   * What Spark says, and what is said in its place.
   *
   * @param pattern of the first line, or of all lines
   */
  private record Refusal(Pattern pattern, Function<MatchResult, String> words) {
    Optional<String> of(String said) {
      Matcher matcher = pattern.matcher(said);
      return matcher.matches() ? Optional.of(words.apply(matcher)) : Optional.empty();
    }
  }

  /** What becomes of Spark's refusal of a source. */
  public static UserException of(Exception failure) {
    String line = FirstLine.of(failure);
    String said =
        KNOWN.stream()
            .flatMap(
                known ->
                    Stream.of(line, String.valueOf(failure.getMessage()))
                        .flatMap(text -> known.of(text).stream()))
            .findFirst()
            .orElseGet(() -> line + "; check input");
    return new UserException("cannot read the input: " + said, failure);
  }

  /** Whether Spark refuses a source for what the user asks of it. */
  public static boolean isRefusal(Exception failure) {
    return failure instanceof AnalysisException
        || failure instanceof ClassNotFoundException
        // A value that an option does not take.
        || failure instanceof IllegalArgumentException
        // Schemas of files are compared by a job, which fails with an exception of its own.
        || NO_COMMON_SCHEMA.matcher(String.valueOf(failure.getMessage())).matches();
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
