package layertap.report;

import java.util.List;

/**
 * A run whose files are in an output.
 *
 * @param created when it ended
 */
public record PublishedRun(String run, String created, RowCounts rows, List<WrittenFile> files) {
  public PublishedRun {
    files = List.copyOf(files);
  }
}
