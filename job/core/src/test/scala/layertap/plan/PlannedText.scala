package layertap.plan

import java.nio.file.{Files, Path}
import layertap.config.JobConfigLoader
import layertap.extract.check.LocalTrial
import layertap.model.saved.{LocalModelFiles, ModelFiles}

/** Fingerprints of configurations given as text. */
object PlannedText {

  /** What stands inside `layertap { … }`, planned with the model that it names, or another one. */
  def fingerprint(lines: String, files: Option[ModelFiles] = None): PlanFingerprint = {
    val text = s"layertap {\n$lines\n}"
    val config = JobConfigLoader.load(text, "job.conf", java.util.List.of())
    val model = files.getOrElse(LocalModelFiles.at(config.model.path))
    val planned = new PlanBuilder(config, model, path => Files.readAllBytes(Path.of(path)))
      .build(new LocalTrial(model, 1))
    new PlanDescription(config, planned).fingerprint
  }
}
