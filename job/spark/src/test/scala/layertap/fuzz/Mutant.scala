package layertap.fuzz

import layertap.model.checkpoint.IndexEntries
import layertap.testing.{MemoryFiles, SeededRandom}
import org.tensorflow.proto.{MetaGraphDef, SavedModel}
import scala.jdk.CollectionConverters._
import scala.util.{Random, Try}

/** A model with one thing changed.
  *
  * @param topology
  *   given beside the model
  */
final case class Mutant(files: MemoryFiles, topology: Option[Array[Byte]], what: String) {
  import Mutant._

  /** Whether each tensor of the graph still has the value that it had: only what names the layers
    * was changed, so that a name may be lost, but must not stand for another value.
    */
  def computesLike(original: FuzzCase): Boolean = {
    def others(files: MemoryFiles) =
      files.list.asScala.map(_.path).filterNot(Names.contains).toSet
    val paths = others(original.files)
    paths == others(files) &&
    paths.forall(path => files(path).sameElements(original.files(path))) &&
    graphs(files) == graphs(original.files)
  }
}

object Mutant {
  private val Pb = "saved_model.pb"
  private val Index = "variables/variables.index"
  private val Metadata = "keras_metadata.pb"

  /** Files that say what things are called; of the first one, a part. */
  private val Names = Set(Pb, Metadata, "fingerprint.pb")

  /** What is left of the model without the objects of Python that it was made from. */
  private def graphs(files: MemoryFiles): Option[Seq[MetaGraphDef]] =
    Try(SavedModel.parseFrom(files(Pb)).getMetaGraphsList.asScala.toSeq).toOption
      .map(_.map(_.toBuilder.clearObjectGraphDef.clearMetaInfoDef.build))

  /** The same seed makes the same mutant. */
  def of(original: FuzzCase, seed: Long): Mutant = {
    val random = SeededRandom.of(seed)
    val files = original.files
    def paths = files.list.asScala.map(_.path).filter(_ != Pb).sorted
    random.nextInt(100) match {
      case n if n < 35 => proto(original, random)
      case n if n < 60 =>
        val (changed, what) = new GraphMutations(random).mutate(SavedModel.parseFrom(files(Pb)))
        Mutant(files.updated(Pb, changed.toByteArray), None, what)
      case n if n < 66                             => bytes(original, Pb, random)
      case n if n < 72 && paths.contains(Index)    => index(files, random)
      case n if n < 76 && paths.contains(Index)    => shard(files, random)
      case n if n < 82 && paths.contains(Metadata) =>
        val (changed, what) = new TopologyMutations(random).metadata(files(Metadata))
        Mutant(files.updated(Metadata, changed), None, what)
      case n if n < 92 => bytes(original, paths(random.nextInt(paths.size)), random)
      case _           =>
        val (archive, what) = new TopologyMutations(random).archive(original.name)
        Mutant(files, Some(archive), what)
    }
  }

  private def index(files: MemoryFiles, random: Random): Mutant = {
    val (changed, what) = new FileMutations(random).index(IndexEntries.read(files(Index)))
    Mutant(files.updated(Index, changed), None, what)
  }

  private def shard(files: MemoryFiles, random: Random): Mutant = {
    val path = files.list.asScala.map(_.path).filter(_.contains(".data-")).min
    val entries = IndexEntries.read(files(Index))
    val (index, data, what) = new FileMutations(random).shard(entries, files(path))
    Mutant(files.updated(Index, index).updated(path, data), None, what)
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
}
