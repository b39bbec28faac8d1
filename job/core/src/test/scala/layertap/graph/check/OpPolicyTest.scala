package layertap.graph.check

import layertap.graph.OpClass
import layertap.graph.Graphs._
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.failure.UserException
import layertap.model.cut.RunnableGraph
import layertap.model.cut.ModelCutter
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.SavedModels.{load, of, port, signature}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.TensorFlow
import org.tensorflow.proto.NodeDef
import scala.io.Source
import scala.jdk.CollectionConverters._

class OpPolicyTest extends AnyFunSuite {
  TensorFlowRuntime.start(1)

  private lazy val lines: Seq[String] =
    Source
      .fromResource("layertap/graph/check/op-policy.txt")
      .getLines()
      .toSeq
      .filterNot(_.startsWith("#"))

  test("every op that TensorFlow registers has a class, and no other") {
    val native = TensorFlow.registeredOpList.getOpList.asScala.map(_.getName).toSeq.sorted
    assert(lines.map(_.takeWhile(_ != ' ')).sorted === native)
  }

  /** Each looked at: what they keep ends with the run, or nothing that is run changes it. */
  private val statefulButRun = Set(
    // Variables are frozen or filled once, and only read.
    Seq("VarHandleOp", "ReadVariableOp", "VariableShape", "VarIsInitializedOp"),
    Seq("ResourceGather", "ResourceGatherNd", "Variable", "VariableV2"),
    // Tables are filled once, and only looked up.
    Seq("HashTable", "HashTableV2", "AnonymousHashTable", "MutableHashTable", "MutableHashTableV2"),
    Seq("MutableHashTableOfTensors", "MutableHashTableOfTensorsV2", "AnonymousMutableHashTable"),
    Seq("MutableDenseHashTable", "MutableDenseHashTableV2", "AnonymousMutableDenseHashTable"),
    Seq("AnonymousMutableHashTableOfTensors", "LookupTableFindV2", "LookupTableSizeV2"),
    Seq("LookupTableExportV2", "LookupTableImportV2", "InitializeTableV2"),
    Seq("InitializeTableFromTextFileV2"),
    // Functions, whose bodies are checked too.
    Seq("StatefulPartitionedCall", "If", "Case", "While"),
    // Stacks and arrays of one run.
    Seq("Stack", "StackV2", "StackPushV2", "StackPopV2", "StackCloseV2", "TensorArray"),
    Seq("TensorArrayV2", "TensorArrayV3", "TensorArrayWriteV3", "TensorArrayReadV3"),
    Seq("TensorArrayGatherV3", "TensorArrayScatterV3", "TensorArrayConcatV3"),
    Seq("TensorArraySplitV3", "TensorArraySizeV3", "TensorArrayCloseV3"),
    // They fail, or write to the log.
    Seq("Assert", "CheckNumerics", "CheckNumericsV2", "Print"),
    // Stateful lest they be folded.
    Seq("GuaranteeConst", "DeviceIndex", "StatelessRandomGetAlg"),
    // Without a kernel for CPUs.
    Seq("CudnnRNN", "CudnnRNNV2", "CudnnRNNV3", "CudnnRNNBackprop", "CudnnRNNBackpropV2"),
    Seq("CudnnRNNBackpropV3")
  ).flatten

  test("of the ops that TensorFlow calls stateful, those run that were looked at") {
    val run = TensorFlow.registeredOpList.getOpList.asScala
      .filter(op => op.getIsStateful && OpPolicy.classOf(op.getName).get.isAllowed)
      .map(_.getName)
      .toSet
    assert(run -- statefulButRun === Set(), "allowed without a look")
    assert(statefulButRun -- run === Set(), "no longer allowed, or stateful")
  }

  test("the list is sorted and names each op once") {
    val names = lines.map(_.takeWhile(_ != ' '))
    assert(names === names.distinct.sorted)
  }

  private val classes = Seq(
    "Conv2D" -> OpClass.COMPUTE,
    "While" -> OpClass.COMPUTE,
    "LookupTableFindV2" -> OpClass.TABLE,
    "InitializeTableV2" -> OpClass.TABLE_INIT,
    "InitializeTableFromTextFileV2" -> OpClass.TABLE_FILE,
    "AssignAddVariableOp" -> OpClass.STATE,
    "ResourceScatterAdd" -> OpClass.STATE,
    "RandomUniform" -> OpClass.RANDOM,
    "StatelessRandomUniform" -> OpClass.COMPUTE,
    "ReadFile" -> OpClass.FILE,
    "WriteFile" -> OpClass.FILE,
    "MatchingFiles" -> OpClass.FILE,
    "ImmutableConst" -> OpClass.FILE,
    "GenerateVocabRemapping" -> OpClass.FILE,
    "LoadAndRemapMatrix" -> OpClass.FILE,
    "SaveV2" -> OpClass.FILE,
    "RestoreV2" -> OpClass.FILE,
    "Abort" -> OpClass.PROCESS,
    "PyFunc" -> OpClass.PYTHON,
    "EagerPyFunc" -> OpClass.PYTHON,
    "TFRecordDataset" -> OpClass.DATASET,
    "FIFOQueueV2" -> OpClass.QUEUE,
    "XlaLaunch" -> OpClass.COMPILER
  )
  classes.foreach { case (op, opClass) =>
    test(s"$op is ${opClass.name}")(assert(OpPolicy.classOf(op).get === opClass))
  }

  test("an op that TensorFlow does not have has none")(assert(OpPolicy.classOf("My>Op").isEmpty))

  /** {{{
    * x ─▶ Relu kept ─▶ AddV2 late
    *                      ▲
    *                   dangerous
    * }}}
    */
  private def cut(tapped: String, dangerous: NodeDef*): RunnableGraph = {
    val nodes =
      Seq(placeholder("x"), float("kept", "Relu", "x"), stringConst("name", "/etc/passwd"))
    val late = float("late", "AddV2", "kept", "danger")
    val model = graph(nodes ++ dangerous :+ late: _*)
    val ends = signature(port("x", "x:0"))(port("kept", "kept:0"), port("late", "late:0"))
    val cutter = new ModelCutter(load(of(model, ends)))
    cutter.feed(new FeedTarget.Input("x"))
    cutter.tap(new Selector.SignatureOutput(tapped))
    cutter.build()
  }

  private val toNumber =
    node("danger", "StringToNumber", "text").having("out_type" -> Float32)

  private val dangers = Seq(
    "it touches files" -> Seq(node("text", "ReadFile", "name"), toNumber),
    "it touches files" -> Seq(node("text", "MatchingFiles", "name"), toNumber),
    "it touches files" -> Seq(
      node("danger", "ImmutableConst").having(
        "dtype" -> Float32,
        "shape" -> shape(1),
        "memory_region_name" -> "/etc/passwd"
      )
    ),
    "it calls Python" -> Seq(
      node("danger", "PyFunc", "kept")
        .having("token" -> "t", "Tin" -> Seq(Float32), "Tout" -> Seq(Float32))
    ),
    "it gives different values in each run" -> Seq(
      intConst("sizes", 1, 1),
      node("danger", "RandomUniform", "sizes").having("dtype" -> Float32, "T" -> Int32)
    ),
    "layertap's TensorFlow does not have it (a custom op?)" -> Seq(
      node("danger", "Custom>Op", "kept")
    )
  )

  dangers.foreach { case (objection, nodes) =>
    val culprit = nodes.find(node => node.getOp != "Const" && node.getOp != "StringToNumber").get
    test(s"${culprit.getOp}: refused by name where it is kept, of no matter where it is cut off") {
      assert(names(cut("kept", nodes: _*).graph) === Seq("x", "kept"))
      val message = intercept[UserException](cut("late", nodes: _*)).getMessage
      assert(
        message === s"cannot cut the model memory: the op ${culprit.getOp} of" +
          s" '${culprit.getName}' is not run: $objection; tap a layer that does not need it" +
          (if (culprit.getOp == "RandomUniform")
             ", or feed the switch that turns it off with value, as keep_prob or is_training"
           else "")
      )
    }
  }

  test("an assignment: refused where it is kept") {
    val nodes = Seq(
      handle("v"),
      node("assign", "AssignAddVariableOp", "v", "kept").having("dtype" -> Float32)
    )
    val read = node("danger", "ReadVariableOp", "v", "^assign").having("dtype" -> Float32)
    assert(names(cut("kept", nodes :+ read: _*).graph) === Seq("x", "kept"))
    val message = intercept[UserException](cut("late", nodes :+ read: _*)).getMessage
    assert(
      message === "cannot cut the model memory: the op AssignAddVariableOp of 'assign' is not run:" +
        " it changes a variable or another resource, so that rows would depend on each other;" +
        " tap a layer that does not need it"
    )
  }
}
