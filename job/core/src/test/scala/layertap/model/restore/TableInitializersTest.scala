package layertap.model.restore

import layertap.failure.UserException
import layertap.model.cut.RunnableGraph
import layertap.model.cut.ModelCutter
import layertap.graph.Graphs._
import layertap.model.checkpoint.Indexes
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.testing.MemoryFiles
import layertap.testing.SavedModels._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, MetaGraphDef, NodeDef}
import scala.jdk.CollectionConverters._

/** {{{
  * words ─▶ LookupTableFindV2 ─▶ y
  *                 ▲
  *               table ◀─ fill ◀─ …       runs when the model is loaded
  * }}}
  */
class TableInitializersTest extends AnyFunSuite {
  private val Int64 = DataType.DT_INT64

  private val lookup = Seq(
    placeholder("words", Text),
    node("table", "HashTableV2").having("key_dtype" -> Text, "value_dtype" -> Float32),
    const("unknown", -1),
    node("y", "LookupTableFindV2", "table", "words", "unknown")
      .having("Tin" -> Text, "Tout" -> Float32)
  )

  private val fromFile = node("fill", "InitializeTableFromTextFileV2", "table", "file")
    .having("key_index" -> -2, "value_index" -> -1, "vocab_size" -> 3, "delimiter" -> ",")

  private def fromTensors(op: String, keys: String, values: String): NodeDef =
    node("fill", op, "table", keys, values)
      .having("Tkey" -> Text, "Tval" -> Float32, "Tin" -> Text, "Tout" -> Float32)

  private val two = node("two", "Const").having("dtype" -> Float32, "value" -> tensor(2)(1, 2))

  private def metaGraph(init: NodeDef*): MetaGraphDef.Builder = {
    val built = layertap.testing.SavedModels
      .metaGraph("serve")(
        graph(lookup ++ init :+ node("init", "NoOp", "^fill"): _*),
        "serving_default" -> signature(port("words", "words:0", Text))(port("y", "y:0")),
        "__saved_model_init_op" -> signature()(port("__saved_model_init_op", "init"))
      )
      .toBuilder
    built
  }

  private def withAsset(file: String): MetaGraphDef.Builder = {
    val built = metaGraph(stringConst("file", "written where it was exported"), fromFile)
    val asset = built.addAssetFileDefBuilder().setFilename(file)
    asset.getTensorInfoBuilder.setName("file:0")
    built
  }

  private def cut(files: MemoryFiles): RunnableGraph = {
    val cutter = new ModelCutter(load(files))
    cutter.feed(new FeedTarget.Input("words"))
    cutter.tap(new Selector.SignatureOutput("y"))
    cutter.build()
  }

  private def cut(built: MetaGraphDef.Builder): RunnableGraph = cut(files(built.build))

  private def refused(body: => Any): String = intercept[UserException](body).getMessage

  private def unfilled(fact: String) = s"cannot fill the lookup table 'table': $fact; export the " +
    "model again, or tap a layer that does not need it"

  test("from a file of the assets, wherever it lies at run time") {
    val model = cut(files(withAsset("words.txt").build).updated("assets/words.txt", Array()))
    assert(model.initializers.asScala === Seq("layertap_init/fill"))
    assert(
      model.assets.asScala === Seq(new AssetConstant("layertap_init/file", "assets/words.txt"))
    )
    assert(inputs(model.graph, "layertap_init/fill") === Seq("table", "layertap_init/file"))
  }

  test("from constants") {
    val model = cut(
      metaGraph(stringConst("keys", "a", "b"), two, fromTensors("InitializeTableV2", "keys", "two"))
    )
    assert(model.initializers.asScala === Seq("layertap_init/fill"))
    assert(
      inputs(model.graph, "layertap_init/fill") ===
        Seq("table", "layertap_init/keys", "layertap_init/two")
    )
    assert(model.assets.isEmpty && model.variables.isEmpty)
  }

  test("from the checkpoint") {
    val restore = node("restore", "RestoreV2", "prefix", "names", "slices")
      .having("dtypes" -> Seq(Text, Float32))
    val built = metaGraph(
      stringConst("prefix", "x"),
      stringConst("names", "table-keys", "table-values"),
      stringConst("slices", "", ""),
      restore,
      fromTensors("LookupTableImportV2", "restore", "restore:1")
    )
    val checkpoint = Indexes.checkpoint(
      Indexes.header(),
      "table-keys" -> Indexes.entry(0, 10, sizes = Seq(2), dtype = Text),
      "table-values" -> Indexes.entry(10, 8, sizes = Seq(2))
    )
    val model = cut(
      files(built.build)
        .updated("variables/variables.index", checkpoint)
        .updated("variables/variables.data-00000-of-00001", new Array(18))
    )
    assert(
      model.variables.asScala.map(variable => variable.node -> variable.entry.key) === Seq(
        "layertap_init/table-keys" -> "table-keys",
        "layertap_init/table-values" -> "table-values"
      )
    )
    assert(names(model.graph).forall(name => find(model.graph, name).getOp != "RestoreV2"))
    assert(
      refused(cut(files(built.build))) === unfilled("the checkpoint has no 'table-keys'")
    )
  }

  test("a tap that does not need the table fills none") {
    val cutter = new ModelCutter(load(files(withAsset("gone").build)))
    cutter.feed(new FeedTarget.Input("words"))
    cutter.tap(new Selector.GraphTensor("words"))
    val model = cutter.build()
    assert(model.initializers.isEmpty && model.assets.isEmpty)
  }

  Seq("words.txt", "../saved_model.pb").foreach { file =>
    test(s"the asset $file is missing") {
      assert(refused(cut(withAsset(file))) === unfilled(s"the file assets/$file is missing"))
    }
  }

  test("a file that is no asset") {
    assert(
      refused(cut(metaGraph(stringConst("file", "/etc/passwd"), fromFile))) ===
        unfilled("it reads a file that is not an asset of the model")
    )
  }

  test("the path is read from a variable that is not named") {
    val read = node("file", "ReadVariableOp", "^words").having("dtype" -> Text)
    val built = metaGraph(read, fromFile)
    // In a graph of objects only what the signature needs is looked at by itself.
    built.getObjectGraphDefBuilder
    assert(refused(cut(built)) === unfilled("it reads a file that is not an asset of the model"))
  }

  Seq("key_index", "value_index").foreach { index =>
    test(s"a $index that ends TensorFlow's process") {
      val column = org.tensorflow.proto.AttrValue.newBuilder.setI(1L << 31).build
      val built = withAsset("words.txt")
      val fill = built.getGraphDefBuilder.getNodeBuilderList.asScala.find(_.getName == "fill").get
      fill.putAttr(index, column)
      assert(
        refused(cut(files(built.build).updated("assets/words.txt", Array()))) ===
          unfilled("it reads column 2147483648 of a file")
      )
    }
  }

  test("nothing fills the table") {
    assert(
      refused(cut(metaGraph(node("fill", "NoOp")))) ===
        unfilled("nothing in the model does when it is loaded")
    )
  }

  /** The model with another op for its table. */
  private def withTable(op: String, inputs: String*): MetaGraphDef.Builder = {
    val built =
      metaGraph(
        stringConst("keys", "a", "b"),
        two,
        fromTensors("LookupTableImportV2", "keys", "two")
      )
    built.getGraphDefBuilder.getNodeBuilderList.asScala
      .filter(_.getName == "table")
      .foreach(table => table.setOp(op).addAllInput(inputs.asJava))
    built
  }

  test("a table that takes the keys of empty buckets is filled, too") {
    val model = cut(withTable("MutableDenseHashTableV2", "keys", "keys"))
    assert(model.initializers.asScala === Seq("layertap_init/fill"))
  }

  test("a table without a name, of which each batch has its own") {
    assert(
      refused(cut(withTable("AnonymousMutableHashTable"))) ===
        unfilled("it has no name, TensorFlow makes it anew for each batch")
    )
  }

  // words ─▶ Size > 0 ─▶ If (then: table ─▶ LookupTableSizeV2) ─▶ y
  test("a table that a branch makes for itself") {
    val types = Seq("Tcond" -> Bool, "Tin" -> Seq(Text), "Tout" -> Seq(Int64))
    val branch = node("y", "If", "flag", "words")
      .having(types :+ "then_branch" -> Func("size") :+ "else_branch" -> Func("size"): _*)
    val size = function("size", "words" -> Text)(
      node("own", "HashTableV2").having("key_dtype" -> Text, "value_dtype" -> Float32),
      node("size", "LookupTableSizeV2", "own:table_handle:0")
    )("y" -> Int64 -> "size:size:0")
    val model = graph(
      placeholder("words", Text),
      node("count", "Size", "words").having("T" -> Text, "out_type" -> Int32),
      node("flag", "Greater", "count", "none").having("T" -> Int32),
      intConst("none", 0),
      branch
    )
    val ends = signature(port("words", "words:0", Text))(port("y", "y:0", Int64))
    assert(
      refused(
        cut(of(model.withFunctions(size), ends))
      ) === "cannot fill the lookup table 'own': it" +
        " is made inside of the function 'size', not when the model is loaded; export the model" +
        " again, or tap a layer that does not need it"
    )
  }

  test("what fills it does more than compute") {
    val built = metaGraph(
      stringConst("path", "/etc/passwd"),
      node("keys", "ReadFile", "path"),
      two,
      fromTensors("InitializeTableV2", "keys", "two")
    )
    assert(refused(cut(built)) === unfilled("its op ReadFile is not run: it touches files"))
  }
}
