package layertap.spark.write;

import java.time.Duration;
import java.util.List;
import layertap.config.JobConfig;
import layertap.failure.OutputBusyException;
import layertap.failure.OutputException;
import layertap.hadoop.HadoopOutputStore;
import layertap.hadoop.WriteAccess;
import layertap.publish.OutputFinder;
import org.apache.hadoop.conf.Configuration;

/**
 * The directory that an output is to be.
 *
 * @param target its path, qualified
 */
record OutputPlace(JobConfig.Output output, HadoopOutputStore store, String target) {
  /**
   * The place, if a directory can be there; changes nothing.
   *
   * @throws OutputException if none can
   * @throws java.io.UncheckedIOException if the storage fails, or lets nobody write there
   */
  static OutputPlace of(JobConfig.Output output, Configuration hadoop) {
    HadoopOutputStore store = HadoopOutputStore.of(output.path(), hadoop);
    String target = store.qualify(output.path());
    if (store.isRoot(target)) {
      throw new OutputException(
          ("cannot write to %s: it is the root of a file system, and nothing can be "
                  + "beside it; name a directory in it")
              .formatted(output.path()));
    }
    if (store.filesBelow(target).equals(List.of(target))) {
      throw new OutputException(
          "cannot write to " + output.path() + ": it is a file; name a directory");
    }
    WriteAccess.require(target, hadoop);
    return new OutputPlace(output, store, target);
  }

  /** After which time a run that is not heard of counts as dead. */
  Duration lease() {
    return Duration.ofSeconds(output.leaseSeconds());
  }

  /**
   * What is there, for a run that holds the output.
   *
   * @throws OutputException if the mode does not allow it
   */
  ExistingOutput existing() {
    return ExistingOutput.at(store, target, output);
  }

  /**
   * What the next run would find there.
   *
   * @throws OutputException if the mode does not allow it
   * @throws OutputBusyException if a run is on it
   */
  ExistingOutput found() {
    return ExistingOutput.at(store, OutputFinder.find(store, target, lease()), output);
  }
}
