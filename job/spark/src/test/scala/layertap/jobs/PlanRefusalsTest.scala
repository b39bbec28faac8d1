package layertap.jobs

import java.nio.file.{Files, Path}
import java.time.Duration
import layertap.hadoop.{HadoopFiles, HadoopOutputStore}
import layertap.jobs.Digits.set
import layertap.publish.Publication
import layertap.testing.{Command, JobFolder, SharedSpark}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.StreamConverters._

/** What `extract` refuses before it reads rows, `plan` refuses with the same words, and touches
  * nothing: each erroneous configuration is given to both.
  */
class PlanRefusalsTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val few = set("input.where=id < 4", "run.trial-seconds=0", "run.self-check=false")

  private def names(folder: Path): Seq[String] = {
    val all = Files.walk(folder)
    try all.toScala(Seq).map(_.toString).sorted
    finally all.close()
  }

  /** Gives a configuration to both, `plan` first; `OUT` stands for the output's path. */
  private def bothRefuse(folder: JobFolder, settings: Seq[String])(start: String): Unit = {
    val file = folder.write(Digits.job())
    val arguments = file.toString +: (few ++ outputOf(folder, settings))
    val before = names(folder.path)
    val planned = Command.run("plan" +: arguments: _*)
    assert(planned.code !== 0, planned.out)
    assert(planned.out === "")
    assert(names(folder.path) === before, "plan leaves everything as it is")
    val extracted = Command.run("extract" +: arguments: _*)
    val expected = start.replace("OUT", folder.output.toString)
    assert(extracted.log.contains(expected), s"$settings ${extracted.log}")
    assert(planned.log === extracted.log)
    assert(planned.code === extracted.code)
    if (!start.contains("cannot write to")) assert(planned.code === 2)
  }

  private def outputOf(folder: JobFolder, settings: Seq[String]): Seq[String] = {
    val own = settings.map(_.replace("OUT", folder.output.toString))
    if (own.exists(_.startsWith("output.path=")) || own.exists(_.startsWith("output.table=")))
      set(own: _*)
    else set(own :+ s"output.path=${folder.output}": _*)
  }

  private type Refusal = (String, Seq[String], String)

  private def refusal(words: String, settings: String*)(start: String): Refusal =
    (words, settings, start)

  private def select(expression: String) = s"input.select.pixels=$expression"

  private val unfit = "cannot feed 'pixels' to input = pixels: the column's type is "

  private val configuration = Seq(
    refusal("an unknown key", "rows.max-invald=1")("rows.max-invald is no key of layertap"),
    refusal("a wrong value", "run.batch-size=many")("run.batch-size"),
    refusal("path and table", "input.table=t")("input.path needs exactly one of path and table"),
    refusal("resume without a key", "output.mode=resume", "output.key=[]")("output.key is empty"),
    refusal("a run's name", "output.run-id=a/b")("output.run-id is 'a/b'")
  )

  private val model = Seq(
    refusal("no model", "model.path=nowhere")("cannot read the model nowhere"),
    refusal("no such tags", "model.tags=train")("cannot "),
    refusal("no such signature", "model.signature=predict")("cannot "),
    refusal("no such layer", "features=[conv9]")("cannot find the layer 'conv9'"),
    refusal("no feed", "feeds=[]")("cannot "),
    refusal("a feed of another shape", "feeds=[{ input = pixels, column = pixels, image {} }]")(
      "cannot feed images to input = pixels"
    ),
    refusal("a pool that a tensor has not", "features=[{ layer = dense, pool = avg }]")(
      "cannot pool the feature 'dense'"
    )
  )

  private val input = Seq(
    refusal("no path", "input.path=nowhere")("cannot read the input: there is nothing at file:"),
    refusal("files of another format", "input.path=conf")("cannot "),
    refusal("no such format", "input.format=parket")("cannot read the input: "),
    refusal(
      "no driver",
      "input.format=jdbc",
      "input.options={ dbtable = t, url = \"jdbc:a://h\" }"
    )(
      "cannot read the input by JDBC"
    ),
    refusal("no table", "input.path=null", "input.table=no_such_table")(
      "cannot read the input: there is no table or view `no_such_table` in the session's catalog;" +
        " correct input.table, or start Spark with the catalog that has it"
    ),
    refusal("an option's value", "input.options={ mergeSchema = perhaps }")(
      "cannot read the input: For input string: \"perhaps\"; check input"
    ),
    refusal("keep", "input.keep=[idd]")("cannot read the column 'idd' that input.keep names"),
    refusal("key", "output.key=[idd]")("cannot read the column 'idd' that output.key names"),
    refusal("a feed's column", "feeds=[{ input = pixels, column = pixel }]")(
      "cannot read the column 'pixel' that feeds names"
    ),
    refusal("one of a feed's columns", "feeds=[{ input = pixels, columns = [pixels, pix] }]")(
      "cannot read the column 'pix' that feeds names"
    ),
    refusal(
      "the class of a gradient",
      "features=[{ gradient { of = softmax, class = { column = cls }, wrt = pixels }, column = g }]"
    )(
      "cannot read the column 'cls' that the class of a gradient names: the input has no such column"
    ),
    refusal("a field in a column", "feeds=[{ input = pixels, column = label.data }]")(
      "cannot read the column 'label.data' that feeds names"
    ),
    refusal("where that is no SQL", "input.where=id <")(
      "cannot use the expression of input.where: "
    ),
    refusal("where of no column", "input.where=idd < 3")(
      "cannot use the expression of input.where: "
    ),
    refusal("where that is no predicate", "input.where=id + 1")(
      "cannot use the expression of input.where: "
    ),
    refusal("where of all rows", "input.where=max(id) > 3")(
      "cannot use the expression of input.where: "
    ),
    refusal("select that is no SQL", "input.select.x=1 +")(
      "cannot use the expression of input.select.x: "
    ),
    refusal("select of no column", "input.select.x=nope + 1")(
      "cannot use the expression of input.select.x: "
    ),
    refusal("select of no function", "input.select.x=nope(id)")(
      "cannot use the expression of input.select.x: "
    ),
    refusal("select of wrong types", "input.select.x=id + map(1, 2)")(
      "cannot use the expression of input.select.x: "
    ),
    refusal("a map", select("map('a', 1)"))(unfit + "map<string,int>"),
    refusal("bytes", select("cast('x' as binary)"))(unfit + "binary"),
    refusal("texts", select("array('0.5')"))(unfit + "array<string>"),
    refusal("structures", select("array(named_struct('a', 1))"))(unfit + "array<struct<a:int>>"),
    refusal("dates", select("current_date()"))(unfit + "date"),
    refusal("too deep", select("array(array(1.0D))"))(unfit + "array<array<double>>"),
    refusal("too flat", select("1"))(unfit + "int")
  )

  private val columns = Seq(
    refusal("a kept column of a feature's name", "input.select.softmax=1", "input.keep=[softmax]")(
      "cannot name the column of 'softmax'"
    ),
    refusal("features of one name", "features=[softmax, { layer = conv2, column = SoftMax }]")(
      "cannot name the column of 'conv2'"
    ),
    refusal(
      "a kept _error",
      "input.select._error=1",
      "input.keep=[_error]",
      "rows.on-invalid=keep"
    )(
      "cannot add the column '_error'"
    ),
    refusal("folders by what is not kept", "output.partition-by=[day]")(
      "cannot split the output by day"
    ),
    refusal("folders by an array", "input.keep=[id, pixels]", "output.partition-by=[pixels]")(
      "cannot split the output by 'pixels'"
    ),
    refusal("folders by a column twice", "output.partition-by=[label, Label]")(
      "cannot split the output by 'label' twice"
    ),
    refusal("an interval", "input.select.x=make_interval(1)", "input.keep=[id, x]")(
      "cannot write the column 'x': its type is interval"
    ),
    refusal(
      "fields of one name",
      "input.select.x=array(named_struct('a', 1, 'A', 2))",
      "input.keep=[id, x]"
    )("cannot write the column 'x': it has two fields 'A'"),
    refusal("a key that is not kept", "output.mode=resume", "input.keep=[label]")(
      "cannot find rows again by 'id'"
    ),
    refusal(
      "a key that nobody compares",
      "output.mode=resume",
      "input.keep=[id, pixels]",
      "output.key=[pixels]"
    )("cannot tell rows apart by 'pixels'"),
    refusal(
      "a key that is another one in each run",
      "output.mode=resume",
      "input.select.run=uuid()",
      "input.select.name=concat('r', run)",
      "input.keep=[name]",
      "output.key=[name]"
    )(
      "cannot find rows again by 'name': uuid() may give them other values in another run;" +
        " let output.key name columns that the input has"
    ),
    refusal(
      "a key of a partition's place",
      "output.mode=append",
      "input.select.place=monotonically_increasing_id()",
      "input.keep=[id, place]",
      "output.key=[id, place]"
    )("cannot find rows again by 'place': monotonically_increasing_id() may")
  )

  private val places = Seq(
    refusal("the root", "output.path=/")("cannot write to /: it is the root of a file system"),
    refusal("a file", "output.path=conf/digits.conf")("cannot write to conf/digits.conf: it is a"),
    refusal("below a file", "output.path=conf/digits.conf/out")("cannot write to file:"),
    refusal("what is there", "output.path=conf")("cannot write to conf: it is there already"),
    refusal("files of others", "output.path=docs", "output.mode=overwrite")("cannot replace docs"),
    refusal("adding to files of others", "output.path=docs", "output.mode=append")("cannot add to"),
    refusal("the place of the model", "output.path=test-data/models", "output.mode=overwrite")(
      "cannot write to test-data/models: the model is in it"
    ),
    refusal("in the model", "output.path=test-data/models/digits_keras3/assets/out")(
      "cannot write to test-data/models/digits_keras3/assets/out: it is among the files of the model"
    ),
    refusal(
      "the place of the input",
      "output.path=test-data/digits",
      "output.mode=overwrite",
      "output.replace-foreign=true"
    )("cannot write to test-data/digits: the job reads "),
    refusal("a scheme that nobody knows", "output.path=\"nope://a/b\"")("cannot "),
    refusal("what is no path", "output.path=\"a:b c\"")("cannot use the path 'a:b c'")
  )

  Seq(
    "configuration" -> configuration,
    "model" -> model,
    "input" -> input,
    "columns" -> columns,
    "places" -> places
  ).foreach { case (group, refusals) =>
    refusals.foreach { case (words, settings, start) =>
      test(s"$group: $words") {
        JobFolder.use(folder => bothRefuse(folder, settings)(start))
      }
    }
  }

  /** An output of four rows. */
  private def withOutput(settings: String*)(body: JobFolder => Unit): Unit = JobFolder.use {
    folder =>
      folder.extracted(Digits.job(), few ++ set(settings: _*): _*)
      body(folder)
  }

  private val append = "output.mode=append"

  test("an output that is there: other plans, columns, folders, runs, keys") {
    withOutput("output.run-id=monday") { folder =>
      Seq(
        Seq() -> "cannot write to OUT: it is there already; set output.mode to overwrite",
        Seq(append, "features=[conv2]") -> "its features were made by another plan",
        Seq(append, select("transform(pixels, p -> p + 1)")) ->
          "cannot add to OUT: its features were made by another plan",
        Seq(append, "input.keep=[id, label]") -> "cannot add to OUT: its columns differ",
        Seq(append, "input.select.id=string(id)") -> "cannot ",
        Seq(append, "output.partition-by=[label]") -> "cannot add to OUT: it is split by []",
        Seq(append, "output.run-id=monday") -> "cannot add to OUT: the run monday is in it",
        Seq(append, "input.where=id > 9", "output.key=[label, nope]") -> "the column 'nope'"
      ).foreach { case (settings, start) => bothRefuse(folder, settings)(start) }
    }
  }

  test("an output of a later version, and one of a later format") {
    withOutput() { folder =>
      val manifest = folder.output.resolve("_layertap.json")
      val text = Files.readString(manifest)
      Files.writeString(manifest, text.replaceAll("\"plan-rule\" : \\d+", "\"plan-rule\" : 99"))
      bothRefuse(folder, Seq(append))(
        "cannot compare plans: the output's fingerprint is by rule 99"
      )
      Files.writeString(manifest, text.replace("\"format\" : 1", "\"format\" : 2"))
      bothRefuse(folder, Seq(append))("cannot add to OUT: it has no _layertap.json of format 1")
    }
  }

  test("an output that another run is writing to") {
    JobFolder.use { folder =>
      val store = HadoopOutputStore.of(folder.output.toString, HadoopFiles.configuration)
      val target = store.qualify(folder.output.toString)
      val busy = Publication.open(store, target, "busy", Duration.ofSeconds(120))
      try bothRefuse(folder, Seq())("cannot write to file:")
      finally busy.close()
    }
  }

  test("features of another model in the middle of this one") {
    withOutput("features=[{ layer = conv1, column = c }]") { folder =>
      val other = Seq(
        s"input.path=${folder.output}",
        "input.keep=[id]",
        "model.path=test-data/models/digits_keras2",
        "feeds=[{ output-of = conv1, column = c, tensor {} }]",
        s"output.path=${folder.path.resolve("other")}"
      )
      bothRefuse(folder, other)("cannot feed 'c' into output-of = conv1: another model computed it")
    }
  }

  test("tables: names, columns, types, plans") {
    val folder = "tables_of_plan_refusals"
    Seq("refused_digits", "refused_texts").foreach(t => spark.sql(s"DROP TABLE IF EXISTS $t"))
    spark.sql(
      "CREATE TABLE refused_texts (id INT, label INT, split INT, softmax INT) USING parquet"
    )
    JobFolder.use { job =>
      val made = Command.run(
        Seq("extract", job.write(Digits.job()).toString) ++ few ++
          set("output.table=refused_digits"): _*
      )
      assert(made.code === 0, made.log)
      def into(table: String, settings: String*) = s"output.table=$table" +: settings
      Seq(
        into("refused_digits") -> "cannot make the table refused_digits: it is there already",
        into("refused_digits", append, "features=[conv2]") -> "cannot add to the table",
        into("refused_digits", append, "input.keep=[id]") -> "cannot add to the table",
        into("refused_digits", append, "input.keep=[label, split]") -> "cannot ",
        into("refused_texts", append) -> "cannot add to the table refused_texts: ",
        into(s"$folder.t") -> s"cannot make the table $folder.t: there is no database '$folder'",
        into("nowhere.db.t") -> "cannot ",
        into("\"a b\"") -> "cannot ",
        into("refused_new", "input.select.x=make_interval(1)", "input.keep=[x]") ->
          "cannot write the column 'x': its type is interval",
        into("refused_new", "output.partition-by=[day]") -> "cannot split the output by day"
      ).foreach { case (settings, start) => bothRefuse(job, settings)(start) }
      assert(spark.table("refused_digits").count() === 4)
      assert(!spark.catalog.tableExists("refused_new"))
    }
    Seq("refused_digits", "refused_texts").foreach(t => spark.sql(s"DROP TABLE $t"))
  }

  test("what plan accepts, extract does: each mode on what is there and what is not") {
    withOutput() { folder =>
      val file = folder.write(Digits.job())
      Seq(
        Seq(append, "input.where=id >= 4 and id < 6") -> "OUT: adds to 4 rows of 1 run",
        Seq("output.mode=resume", "input.where=id < 8") -> "OUT: adds to 6 rows of 2 runs",
        Seq("output.mode=overwrite") -> "OUT: replaces 8 rows",
        Seq("output.path=OUT-2", "output.partition-by=[label]") -> "OUT-2: new",
        Seq("output.path=OUT-3", "input.select.x=(null)", "input.keep=[id, x]") -> "OUT-3: new"
      ).foreach { case (settings, output) =>
        val arguments = file.toString +: (few ++ outputOf(folder, settings))
        val planned = Command.run("plan" +: arguments: _*)
        assert(planned.code === 0, planned.log)
        val line = s"output       ${output.replace("OUT", folder.output.toString)}"
        assert(planned.out.linesIterator.contains(line), planned.out)
        val extracted = Command.run("extract" +: arguments: _*)
        assert(extracted.code === 0, extracted.log)
      }
    }
  }
}
