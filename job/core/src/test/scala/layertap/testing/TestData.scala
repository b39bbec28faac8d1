package layertap.testing

import java.nio.file.{Files, Path}
import java.util.Optional
import layertap.model.layers.keras.TopologyFile
import layertap.model.saved.LocalModelFiles
import layertap.model.saved.ModelFiles
import layertap.model.LoadedModel
import scala.jdk.CollectionConverters._

/** The files of `test-data`, and models made from them. */
object TestData {
  val root: Path = Path.of("test-data")

  /** Names of the stored models that have the answers of each of their layers. */
  val models: Seq[String] = modelsIn(root.resolve("models"))

  /** Names of those that take or give what is no float32, look words up, or fix their batches. */
  val oddModels: Seq[String] = modelsIn(root.resolve("odd-models"))

  private def modelsIn(folder: Path): Seq[String] = {
    val stream = Files.list(folder)
    try
      stream.iterator.asScala
        .filter(path => Files.exists(path.resolve("saved_model.pb")))
        .map(_.getFileName.toString)
        .toSeq
        .sorted
    finally stream.close()
  }

  def model(name: String): Path =
    root.resolve(if (oddModels.contains(name)) "odd-models" else "models").resolve(name)

  def files(name: String): ModelFiles = new LocalModelFiles(model(name))

  def load(name: String, topology: Option[TopologyFile] = None): LoadedModel =
    load(files(name), topology)

  def load(files: ModelFiles, topology: Option[TopologyFile]): LoadedModel =
    LoadedModel.load(
      files,
      java.util.List.of("serve"),
      "serving_default",
      topology.fold(Optional.empty[TopologyFile])(Optional.of[TopologyFile])
    )
}
