package layertap.publish;

import layertap.report.ManifestWriter;

/**
 * Where a run puts things. All that is not the output itself is in one directory beside it, whose
 * name begins with a dot, so that readers of the directory above pass over it:
 *
 * <pre>
 *   features                       the output
 *   .features.layertap/lease       who is writing
 *                     /RUN.new     what is written, then its manifest
 *                     /decided     that RUN.new is whole and how it becomes part of the output
 *                     /RUN.scratch   notes of the run
 *                     /RUN.old     the output before, while it is replaced
 *                     /RUN.gone    the same, while it is deleted
 * </pre>
 *
 * @param target the output's path, without a slash at its end
 */
record OutputPlaces(String target, String runId) {
  private static final String OLD = ".old";

  /** The directory beside the output. */
  String work() {
    int slash = target.lastIndexOf('/') + 1;
    return target.substring(0, slash) + "." + target.substring(slash) + ".layertap";
  }

  String lease() {
    return work() + "/lease";
  }

  String decision() {
    return work() + "/decided";
  }

  String staged() {
    return work() + "/" + runId + ".new";
  }

  String scratch() {
    return work() + "/" + runId + ".scratch";
  }

  String old() {
    return work() + "/" + runId + OLD;
  }

  String gone() {
    return work() + "/" + runId + ".gone";
  }

  /** Whether a directory holds what was the output. */
  static boolean isOld(String path) {
    return path.endsWith(OLD);
  }

  String stagedManifest() {
    return staged() + "/" + ManifestWriter.FILE;
  }

  String manifest() {
    return target + "/" + ManifestWriter.FILE;
  }

  /** The same output, as another run sees it. */
  OutputPlaces of(String otherRun) {
    return new OutputPlaces(target, otherRun);
  }
}
