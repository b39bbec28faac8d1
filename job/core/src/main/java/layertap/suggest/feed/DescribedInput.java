package layertap.suggest.feed;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An input of which a configuration is to be written.
 *
 * @param format as {@code input.format} names it; empty for a table
 * @param location path or table, as it was given
 * @param options of the reader
 * @param labelled whether rows lie in folders whose names may be their labels
 * @param facts what was seen, as sentences for the reader
 * @param questions that it leaves open
 * @param columns in their order
 */
public record DescribedInput(
    String format,
    String location,
    Map<String, String> options,
    boolean labelled,
    List<String> facts,
    List<String> questions,
    List<DescribedColumn> columns) {
  /** The format of files of images, each of which is a row. */
  public static final String IMAGE_FILES = "image-files";

  public DescribedInput {
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    facts = List.copyOf(facts);
    questions = List.copyOf(questions);
    columns = List.copyOf(columns);
  }

  public boolean isOfImageFiles() {
    return format.equals(IMAGE_FILES);
  }

  public boolean isTable() {
    return format.isEmpty();
  }
}
