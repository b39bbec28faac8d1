package layertap.publish;

import java.util.List;

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
    files = List.copyOf(files);
  }

  static Decision parse(String text) {
    return RecordJson.parse(text, Decision.class)
        .orElseThrow(
            () -> new IllegalStateException("a decision is written whole or not at all: " + text));
  }
}
