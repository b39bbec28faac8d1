package layertap.fuzz

import org.tensorflow.proto._
import scala.io.Source
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Changes to the graph of a SavedModel that need more than one value to change. */
final class GraphMutations(random: Random) {
  type Change = GraphDef.Builder => String

  private val changes: IndexedSeq[Change] = IndexedSeq(
    calledByItself,
    callsDoubling,
    callsInARow,
    otherOp,
    otherOp,
    otherType,
    otherType,
    absurdConstant,
    absurdConstant,
    absurdAttribute,
    absurdAttribute,
    absurdAttribute,
    absurdShape,
    otherInput,
    otherInput,
    cycle,
    renamed
  )

  def mutate(model: SavedModel): (SavedModel, String) = {
    val changed = model.toBuilder
    val graph = changed.getMetaGraphsBuilder(0).getGraphDefBuilder
    val what = changes(random.nextInt(changes.size))(graph)
    (changed.build, what)
  }

  private lazy val registered: IndexedSeq[String] =
    Source
      .fromResource("layertap/graph/check/op-policy.txt")
      .getLines()
      .toIndexedSeq
      .filterNot(_.startsWith("#"))
      .map(_.takeWhile(_ != ' '))

  /** Node builders of the top and of the function bodies that it reaches. */
  private def nodes(graph: GraphDef.Builder): IndexedSeq[NodeDef.Builder] = {
    val reached = reachable(graph.build)
    val inside = graph.getLibraryBuilder.getFunctionBuilderList.asScala
      .filter(function => reached(function.getSignature.getName))
      .flatMap(_.getNodeDefBuilderList.asScala)
    (graph.getNodeBuilderList.asScala ++ inside).toIndexedSeq
  }

  /** Functions that inference calls, but for those that restore and save. */
  private def reachable(graph: GraphDef): Set[String] = {
    val bodies =
      graph.getLibrary.getFunctionList.asScala.map(f => f.getSignature.getName -> f).toMap
    def named(nodes: Iterable[NodeDef]) =
      nodes.flatMap(_.getAttrMap.values.asScala).map(_.getFunc.getName).filter(bodies.contains)
    var found = named(graph.getNodeList.asScala).filterNot(_.contains("traced_")).toSet
    var waiting = found
    while (waiting.nonEmpty) {
      waiting = waiting.flatMap(name => named(bodies(name).getNodeDefList.asScala)) -- found
      found ++= waiting
    }
    found
  }

  private def calledByItself(graph: GraphDef.Builder): String = {
    val calls = nodes(graph).filter(_.containsAttr("f"))
    if (calls.size < 2) "nothing"
    else {
      val (from, to) = (pick(calls), pick(calls))
      from.putAttr("f", to.getAttrOrThrow("f"))
      s"${from.getName} calls what ${to.getName} calls"
    }
  }

  /** Functions f0 to f39, each of which calls the next one twice; the model's output depends on it.
    */
  private def callsDoubling(graph: GraphDef.Builder): String =
    chain(graph, depth = 40, callsEach = 2)

  private def callsInARow(graph: GraphDef.Builder): String =
    chain(graph, depth = 150 + random.nextInt(5000), callsEach = 1)

  private def chain(graph: GraphDef.Builder, depth: Int, callsEach: Int): String = {
    val float = AttrValue.newBuilder.setType(DataType.DT_FLOAT).build
    def call(name: String, function: String, input: String) = {
      val types = AttrValue.newBuilder
      types.getListBuilder.addType(DataType.DT_FLOAT)
      val called = AttrValue.newBuilder
      called.getFuncBuilder.setName(function)
      NodeDef.newBuilder
        .setName(name)
        .setOp("StatefulPartitionedCall")
        .addInput(input)
        .putAttr("f", called.build)
        .putAttr("Tin", types.build)
        .putAttr("Tout", types.build)
    }
    (0 to depth).foreach { i =>
      val body = graph.getLibraryBuilder.addFunctionBuilder
      val signature = body.getSignatureBuilder.setName(s"f$i")
      signature.addInputArgBuilder().setName("x").setType(DataType.DT_FLOAT)
      signature.addOutputArgBuilder().setName("y").setType(DataType.DT_FLOAT)
      if (i == depth) {
        body.addNodeDefBuilder().setName("n").setOp("Relu").addInput("x").putAttr("T", float)
        body.putRet("y", "n:activations:0")
      } else {
        (0 until callsEach).foreach { k =>
          val input = if (k == 0) "x" else s"n${k - 1}:output:0"
          body.addNodeDef(call(s"n$k", s"f${i + 1}", input))
        }
        body.putRet("y", s"n${callsEach - 1}:output:0")
      }
    }
    val relus = graph.getLibraryBuilder.getFunctionBuilderList.asScala
      .flatMap(_.getNodeDefBuilderList.asScala)
      .filter(node => node.getOp == "Relu" && node.getName != "n")
    relus.foreach { node =>
      node.setOp("f0").clearAttr()
    }
    s"$depth functions that call the next one $callsEach times"
  }

  private def otherOp(graph: GraphDef.Builder): String = {
    val node = pick(nodes(graph))
    val old = node.getOp
    val sameAttributes = registered.filter(op => random.nextInt(200) == 0)
    node.setOp(if (random.nextInt(8) == 0) "NoSuchOp" else pick(sameAttributes :+ "Abort"))
    s"${node.getName} is ${node.getOp}, was $old"
  }

  private def otherType(graph: GraphDef.Builder): String = {
    val typed = nodes(graph).filter(_.getAttrMap.values.asScala.exists(_.hasType))
    val node = pick(typed)
    val names = node.getAttrMap.asScala.collect { case (name, value) if value.hasType => name }
    val dtype = pick(DataType.values.toIndexedSeq.filter(_ != DataType.UNRECOGNIZED))
    val name = pick(names.toIndexedSeq.sorted)
    node.putAttr(name, AttrValue.newBuilder.setType(dtype).build)
    s"${node.getName}: $name = $dtype"
  }

  private def absurdConstant(graph: GraphDef.Builder): String = {
    val constants = nodes(graph).filter(node => node.getOp == "Const" && node.containsAttr("value"))
    val node = pick(constants)
    val value = node.getAttrOrThrow("value").toBuilder
    val tensor = value.getTensorBuilder
    val what = random.nextInt(5) match {
      case 0 =>
        val sizes = tensor.getTensorShapeBuilder.clearDim()
        Seq.fill(1 + random.nextInt(4))(absurd).foreach(sizes.addDimBuilder().setSize(_))
        s"shape ${tensor.getTensorShape.getDimList.asScala.map(_.getSize)}"
      case 1 =>
        (0 until 300).foreach(_ => tensor.getTensorShapeBuilder.addDimBuilder().setSize(1))
        "300 axes more"
      case 2 =>
        tensor.clearTensorContent().clearFloatVal().clearIntVal().clearInt64Val()
        "no content"
      case 3 =>
        tensor.setDtype(pick(DataType.values.toIndexedSeq.filter(_ != DataType.UNRECOGNIZED)))
        s"dtype ${tensor.getDtype}"
      case _ =>
        tensor.clearTensorContent().clearFloatVal().clearIntVal().addIntVal(absurd.toInt)
        s"one value ${tensor.getIntVal(0)}"
    }
    node.putAttr("value", value.build)
    s"constant ${node.getName}: $what"
  }

  private def absurdAttribute(graph: GraphDef.Builder): String = {
    val numbered = nodes(graph).filter(_.getAttrMap.values.asScala.exists(isNumbers))
    if (numbered.isEmpty) "nothing"
    else {
      val node = pick(numbered)
      val names =
        node.getAttrMap.asScala.collect { case (name, value) if isNumbers(value) => name }
      val name = pick(names.toIndexedSeq.sorted)
      val value = node.getAttrOrThrow(name).toBuilder
      if (value.hasList) {
        val list = value.getListBuilder
        random.nextInt(4) match {
          case 0 => list.clearI()
          case 1 => list.addI(absurd)
          case _ => list.setI(random.nextInt(list.getICount), absurd)
        }
      } else value.setI(absurd)
      node.putAttr(name, value.build)
      s"${node.getName} (${node.getOp}): $name = ${value.build.toString.replace('\n', ' ')}"
    }
  }

  private def isNumbers(value: AttrValue) =
    value.getValueCase == AttrValue.ValueCase.I || value.getList.getICount > 0

  private def absurdShape(graph: GraphDef.Builder): String = {
    val shaped = nodes(graph).filter(_.containsAttr("shape"))
    if (shaped.isEmpty) "nothing"
    else {
      val node = pick(shaped)
      val shape = TensorShapeProto.newBuilder
      Seq.fill(random.nextInt(6))(absurd).foreach(shape.addDimBuilder().setSize(_))
      node.putAttr("shape", AttrValue.newBuilder.setShape(shape).build)
      s"${node.getName}: shape ${shape.getDimList.asScala.map(_.getSize)}"
    }
  }

  private def otherInput(graph: GraphDef.Builder): String = {
    val taking = nodes(graph).filter(_.getInputCount > 0)
    val (node, other) = (pick(taking), pick(taking))
    val at = random.nextInt(node.getInputCount)
    random.nextInt(4) match {
      case 0 =>
        val inputs = node.getInputList.asScala.toSeq
        node.clearInput().addAllInput(inputs.patch(at, Nil, 1).asJava)
      case 1 => node.addInput(pick(other.getInputList.asScala.toIndexedSeq))
      case _ => node.setInput(at, pick(other.getInputList.asScala.toIndexedSeq))
    }
    s"${node.getName} takes ${node.getInputList.asScala.mkString(", ")}"
  }

  private def cycle(graph: GraphDef.Builder): String = {
    val taking = nodes(graph).filter(_.getInputCount > 0)
    val node = pick(taking)
    val at = random.nextInt(node.getInputCount)
    node.setInput(at, node.getInput(at).replaceFirst("^[^:]*", node.getName))
    s"${node.getName} takes itself"
  }

  private def renamed(graph: GraphDef.Builder): String = {
    val all = nodes(graph)
    val (node, other) = (pick(all), pick(all))
    val old = node.getName
    node.setName(other.getName)
    s"$old is called ${other.getName}"
  }

  private def absurd: Long = pick(GraphMutations.Absurd)

  private def pick[A](from: IndexedSeq[A]): A = from(random.nextInt(from.size))
}

object GraphMutations {
  private val Absurd = IndexedSeq(0L, 1L, 2L, 3L, 7L, -1L, -2L, 1L << 16, (1L << 31) - 1, 1L << 31)
    .++(Seq(1L << 40, Long.MaxValue, Long.MinValue, -(1L << 31)))
}
