package layertap.spark.task;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import layertap.extract.FeatureExtractor;
import layertap.extract.ShippedObjects;
import layertap.extract.check.SelfCheck;
import layertap.failure.ModelChangedException;
import layertap.hadoop.HadoopModelFiles;
import layertap.hadoop.HadoopNamedFiles;
import layertap.model.saved.Fingerprint;
import layertap.model.saved.KeptModelFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.tensorflow.TensorFlowRuntime;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * What an executor needs to open an extractor: where the model lies, what it must be, and the plan.
 *
 * @param runId tells the runs of one JVM apart
 * @param modelPath the model, on storage that executors reach
 * @param fingerprint of the model as the driver saw it
 * @param plan a {@link CheckedPlan}, serialised by Java
 * @param configuration of Hadoop, on the driver
 * @param threadsPerTask which one op may use
 */
public record ExtractorSource(
    String runId,
    String modelPath,
    String fingerprint,
    Broadcast<byte[]> plan,
    Broadcast<SerializableConfiguration> configuration,
    int threadsPerTask)
    implements Serializable {

  /** The extractor of this JVM, opened if it is the first call. */
  ExtractorCache.Lease lease() {
    return ExtractorCache.get(runId, this::open);
  }

  private FeatureExtractor open() {
    ModelFiles files =
        new KeptModelFiles(HadoopModelFiles.of(modelPath, configuration.value().value()));
    String found = Fingerprint.of(files);
    if (!found.equals(fingerprint)) {
      throw new ModelChangedException(
          "cannot go on: the model "
              + modelPath
              + " was replaced while the job ran; start the job again");
    }
    TensorFlowRuntime.start(threadsPerTask);
    CheckedPlan shipped = deserialize(plan.value());
    FeatureExtractor extractor =
        FeatureExtractor.open(
            shipped.plan, files, new HadoopNamedFiles(configuration.value().value()));
    try {
      new SelfCheck(shipped.plan, files).compare(extractor, shipped.checked);
      return extractor;
    } catch (RuntimeException e) {
      extractor.close();
      throw e;
    }
  }

  /** A plan, and what extractors made from it must compute. */
  public record CheckedPlan(ExtractionPlan plan, CheckedValues checked) implements Serializable {
    /** As bytes: Kryo, if it is Spark's serialiser, cannot broadcast records. */
    public byte[] toBytes() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
        objects.writeObject(this);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }
  }

  private static CheckedPlan deserialize(byte[] bytes) {
    try {
      return (CheckedPlan) ShippedObjects.read(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
