package layertap.extract.batch

import java.nio.file.{Files, Path}
import layertap.config.JobConfigLoader
import layertap.extract.FeatureExtractor
import layertap.extract.check.LocalTrial
import layertap.input.value.NamedFiles
import layertap.model.saved.LocalModelFiles
import layertap.plan.{ExtractionPlan, PlanBuilder}
import layertap.tensorflow.TensorFlowSessions
import scala.jdk.CollectionConverters._

/** The plan of a configuration's file, without Spark, for benchmarks. */
final class PlannedFile(val plan: ExtractionPlan, val files: LocalModelFiles) {
  def open(batches: BatchSizes): FeatureExtractor =
    FeatureExtractor.open(plan, new TensorFlowSessions, files, NamedFiles.NONE, batches)
}

object PlannedFile {
  def load(configuration: String): PlannedFile = {
    val config =
      JobConfigLoader.load(Files.readString(Path.of(configuration)), configuration, List().asJava)
    val files = new LocalModelFiles(Path.of(config.model.path))
    val plan =
      new PlanBuilder(config, files, name => Files.readAllBytes(Path.of(name)))
        .buildTried(new LocalTrial(files, 1))
        .plan
    new PlannedFile(plan, files)
  }
}
