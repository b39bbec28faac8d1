package layertap.publish;

import java.util.List;
import java.util.Objects;
import layertap.failure.OutputException;
import layertap.report.ManifestWriter;

/**
 * That a run's files are whole, and how they become the output or a part of it. From the moment it
 * is written there is no way back: whoever finds it goes on.
 *
 * @param runId of the run
 * @param how they are published
 * @param files of the run, relative to the output
 */
record Decision(String runId, Way how, List<String> files) {
  /** How files are published. */
  enum Way {
    /** The output's directory is put aside and the written one renamed in. */
    SWAP,
    /** File by file; then the manifest lists them; then all others are deleted. */
    MOVE_AND_CLEAR,
    /** File by file; then the manifest lists them beside those that were there. */
    MOVE
  }

  Decision {
    Objects.requireNonNull(runId);
    Objects.requireNonNull(how);
    files = List.copyOf(files);
  }

  /**
   * The decision that is noted beside an output.
   *
   * @param text of the note
   * @throws OutputException if it cannot be understood: a run may have moved some of its files
   */
  static Decision parse(String text, OutputPlaces places) {
    return RecordJson.parse(text, Decision.class)
        .orElseThrow(
            () ->
                new OutputException(
                    ("cannot finish publishing to %s what a dead run had decided to publish: its note"
                            + " of %s characters, %s, is damaged or another version's; to drop that"
                            + " run, delete the note, and from the output the files that its %s, if"
                            + " it has one, does not list")
                        .formatted(
                            places.target(),
                            text.length(),
                            places.decision(),
                            ManifestWriter.FILE)));
  }
}
