package layertap.extract;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import layertap.failure.InvalidRowException;
import layertap.failure.UserException;

/**
 * Features of rows of plain Java, without Spark: what a job writes into a file for the same rows.
 *
 * <pre>
 *   try (Extractor extractor = Extractor.open(Path.of("photos.conf"))) {
 *     ExtractedRow row = extractor.extract(Map.of("content", Files.readAllBytes(photo)));
 *     float[] embedding = row.feature("embedding").floats();
 *   }
 * </pre>
 *
 * <p>A row is a map from the names of the configuration's columns, as they are after {@code
 * input.select}, to values: {@code byte[]} for encoded images and binary, {@link Path} or text for
 * {@code holds = paths}, numbers, truth values, texts, arrays and lists of such in any nesting, a
 * map of {@code height, width, nChannels, data} for Spark's image struct. Values are only read, and
 * not after the call. Other keys of the map are not looked at.
 *
 * <p>Thread-safe. Rows of concurrent callers go through the model together, see {@link
 * ExtractorBuilder#longestWait}. Whoever opened an extractor closes it; until then it holds the
 * native memory of the model.
 */
public interface Extractor extends AutoCloseable {
  /** Settings to open an extractor with. */
  static ExtractorBuilder builder() {
    return new ExtractorBuilder();
  }

  /**
   * Opens the model of a configuration.
   *
   * @param configuration a file as a job has; input, output and the like are ignored
   * @throws UserException if the model cannot do what is asked
   */
  static Extractor open(Path configuration) {
    return builder().configuration(configuration).open();
  }

  /**
   * Extracts the features of one row. It goes through the model alone, in the caller's thread, or
   * with the rows of other callers.
   *
   * @return its features, or, with {@code rows.on-invalid} = skip or keep, why it has none
   * @throws InvalidRowException if the row is invalid and {@code rows.on-invalid} is error
   * @throws UserException if the model cannot compute with any row
   * @throws java.io.UncheckedIOException if the storage of a file that the row names fails
   * @throws IllegalStateException if the extractor was closed
   */
  ExtractedRow extract(Map<String, ?> row);

  /**
   * Extracts the features of rows. Those of one shape go through the model in batches of {@code
   * run.batch-size}, as in a job.
   *
   * @return a result for each row, also for an invalid one, in the order of the rows
   * @throws InvalidRowException for the first invalid row if {@code rows.on-invalid} is error
   * @throws UserException if the model cannot compute with any row
   * @throws java.io.UncheckedIOException if the storage of a file that a row names fails
   * @throws IllegalStateException if the extractor was closed
   */
  List<ExtractedRow> extract(List<? extends Map<String, ?>> rows);

  /** Columns that a row must bring, in the order of the feeds, each once. */
  List<String> columns();

  /** The names of the features, in the order of the configuration. */
  List<String> features();

  /**
   * Waits for the calls that are under way, refuses those that come later, and frees the native
   * memory. A second call waits for the first and does nothing.
   */
  @Override
  void close();
}
