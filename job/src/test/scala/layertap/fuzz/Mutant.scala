package layertap.fuzz

import com.fasterxml.jackson.databind.ObjectMapper
import layertap.model.checkpoint.IndexEntries
import layertap.testing.MemoryFiles
import org.tensorflow.proto.SavedModel
import scala.jdk.CollectionConverters._
import scala.util.Random

/** A model with one thing changed.
  *
  * @param topology
  *   given beside the model
  */
final case class Mutant(files: MemoryFiles, topology: Option[Array[Byte]], what: String)

object Mutant {
  private val Pb = "saved_model.pb"
  private val Index = "variables/variables.index"

  /** The same seed makes the same mutant. */
  def of(original: FuzzCase, seed: Long): Mutant = {
    // Neighbouring seeds would start alike.
    val random = new Random(seed * 0x9e3779b97f4a7c15L)
    random.nextInt(100) match {
      case n if n < 40 => proto(original, random)
      case n if n < 70 =>
        val (changed, what) =
          new GraphMutations(random).mutate(SavedModel.parseFrom(original.files(Pb)))
        Mutant(original.files.updated(Pb, changed.toByteArray), None, what)
      case n if n < 78 => bytes(original, Pb, random)
      case n if n < 86 =>
        val entries = IndexEntries.read(original.files(Index))
        val (changed, what) = new FileMutations(random).index(entries)
        Mutant(original.files.updated(Index, changed), None, what)
      case n if n < 97 =>
        val paths = original.files.list.asScala.map(_.path).filter(_ != Pb).sorted
        bytes(original, paths(random.nextInt(paths.size)), random)
      case _ =>
        val (archive, what) = new FileMutations(random).archive(config)
        Mutant(original.files, Some(archive), what)
    }
  }

  private def proto(original: FuzzCase, random: Random): Mutant = {
    val model = SavedModel.parseFrom(original.files(Pb))
    val (changed, what) = new ProtoMutations(random, words(model)).mutate(model)
    Mutant(original.files.updated(Pb, changed.toByteArray), None, what)
  }

  private def bytes(original: FuzzCase, path: String, random: Random): Mutant =
    if (random.nextInt(10) == 0) Mutant(original.files.without(path), None, s"$path is gone")
    else {
      val (changed, what) = new FileMutations(random).mutate(original.files(path))
      Mutant(original.files.updated(path, changed), None, s"$path $what")
    }

  private def words(model: SavedModel): IndexedSeq[String] = {
    val graph = model.getMetaGraphs(0).getGraphDef
    val functions = graph.getLibrary.getFunctionList.asScala
    val nodes = graph.getNodeList.asScala ++ functions.flatMap(_.getNodeDefList.asScala)
    (nodes.map(_.getName) ++ nodes.map(_.getOp) ++ functions.map(
      _.getSignature.getName
    )).toIndexedSeq
  }

  /** The configuration of a model of Keras. */
  private lazy val config: String = {
    val text = new String(MemoryFiles.copyOf("cnn_functional_keras2")("keras_metadata.pb"), "UTF-8")
    val start = text.indexOf("{\"name\"")
    new ObjectMapper().readTree(text.substring(start)).get("model_config").toString
  }
}
