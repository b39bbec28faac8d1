package layertap.jobs.rows

import java.nio.file.{Files, Path}
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.TempFolder
import org.apache.spark.sql.functions.expr
import org.scalatest.funsuite.AnyFunSuite

/** What is wrong with an input, by the text of the message. */
class InputErrorsTest extends AnyFunSuite {
  private val digitsConfiguration =
    """model { path = test-data/models/digits_keras3 }
      |input { format = parquet, path = test-data/digits, keep = [id], where = "id < 4" }
      |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
      |features = [softmax]""".stripMargin

  private def refused(settings: String*): String = JobFolder.use { folder =>
    val command = folder.extract(digitsConfiguration, settings.flatMap(Seq("--set", _)): _*)
    assert(command.code === 2, command.log)
    assert(!command.log.contains("\tat "), command.log)
    assert(command.out === "")
    assert(!Files.exists(folder.output))
    command.message
  }

  test("a path without anything") {
    val here = s"file:${Path.of("").toAbsolutePath}"
    Seq(
      "nowhere" -> "",
      "'/nowhere'" -> ": texts are quoted by \", and ' is part of them",
      "${HOME}/in" -> ": ${…} is replaced outside of quotes only, as in ${HOME}\"/photos\"",
      "~/in" -> ": ~ is not replaced; write ${HOME}\"/photos\"",
      "no{w,}here" -> ": it is a pattern; where a name has such a character, write \\\\ before it",
      "no%20where" -> ": %… is not replaced; write the characters themselves"
    ).foreach { case (path, hint) =>
      assert(
        refused(s"input.path=$path") ===
          s"cannot read the input: there is nothing at $here/$path; correct input.path$hint"
      )
    }
  }

  test("a folder without files") {
    TempFolder.use { folder =>
      Seq("parquet" -> "Parquet", "csv" -> "CSV", "json" -> "JSON", "orc" -> "ORC").foreach {
        case (format, name) =>
          assert(
            refused(s"input.format=$format", s"input.path=$folder") ===
              s"cannot read the input: there is no $name file at input.path that tells its columns;" +
              " for files in folders below it set input.options { recursiveFileLookup = true }, else" +
              " correct input.path, or, if there may be none, set input.schema"
          )
      }
    }
  }

  test("files in folders below the path are read as the message says") {
    TempFolder.use { folder =>
      val digits = SharedSpark.session.read.parquet("test-data/digits").limit(4)
      digits.write.parquet(s"$folder/in/2024/01")
      val path = s"input.path=$folder/in"
      val advice = "set (input[.]options) \\{ (\\w+ = \\w+) }".r
        .findFirstMatchIn(refused(path))
        .get
      JobFolder.use { folder =>
        val command = folder.extract(
          digitsConfiguration,
          Seq(path, s"${advice.group(1)}={ ${advice.group(2)} }", "input.where=null")
            .flatMap(Seq("--set", _)): _*
        )
        assert(command.code === 0, command.log)
        assert(command.out.contains("4 rows read, 4 written"))
      }
    }
  }

  test("files whose columns have types that do not go together") {
    TempFolder.use { folder =>
      Seq("parquet", "orc").foreach { format =>
        val digits = SharedSpark.session.read.parquet("test-data/digits").limit(4)
        digits.select("id", "pixels").write.format(format).save(s"$folder/$format/a=1")
        digits
          .selectExpr("id", "cast(pixels as array<double>) pixels")
          .write
          .format(format)
          .save(s"$folder/$format/a=2")
        val message = refused(
          s"input.format=$format",
          s"input.path=$folder/$format",
          "input.options.mergeSchema=true"
        )
        val start = "cannot read the input: its files have columns of one name with types that" +
          " mergeSchema does not join, \"STRUCT<id: INT, pixels: ARRAY<"
        assert(message.startsWith(start), message)
        assert(message.contains(">>\" and \"STRUCT<id: INT, pixels: ARRAY<"), message)
        val end = ">>\"; set input.schema, or write the files with the same types"
        assert(message.endsWith(end), message)
      }
    }
  }

  test("a folder of files of another format") {
    val message = refused("input.path=conf")
    assert(message.startsWith("cannot "), message)
    assert(message.contains(" is not a Parquet file"), message)
    assert(message.endsWith("; check input"), message)
  }

  test("a local file that Hadoop cannot read for the colon in its name") {
    TempFolder.use { folder =>
      Files.writeString(folder.resolve("at 12:30:00.jpg"), "a photo")
      val settings = Seq("format=image-files", s"path=$folder", "keep=[path]", "where=null") :+
        "select.pixels=array_repeat(length(content), 64)"
      val message = refused(settings.map("input." + _): _*)
      assert(message.startsWith("cannot run the job: "), message)
      assert(message.contains("/at%2012:30:00.jpg"), message)
      val why = " Hadoop reads no file of a local disk that has a colon in its name; rename it"
      assert(message.endsWith(why + "; check input"), message)
    }
  }

  test("a format that Spark does not have") {
    assert(
      refused(
        "input.format=parket"
      ) === "cannot read the input: Spark has no source named 'parket';" +
        " correct input.format (the nearest is 'parquet'), or add the package that has it with" +
        " --packages"
    )
  }

  private def jdbc(options: String): String = refused(
    "input.format=jdbc",
    "input.where=null",
    s"input.options={ dbtable = t, $options }"
  )

  test("a database without its driver: the jar that is missing") {
    assert(
      jdbc(
        "url = \"jdbc:postgresql://h/db?user=u&password=hunter2\""
      ) === "cannot read the input by" +
        " JDBC: no jar on the class path holds a driver for jdbc:postgresql; add" +
        " org.postgresql:postgresql with --packages org.postgresql:postgresql:VERSION, or its jar with" +
        " --jars"
    )
    assert(
      jdbc("url = \"jdbc:mysql://h/db\", driver = com.mysql.cj.jdbc.Driver") === "cannot read the" +
        " input by JDBC: no jar on the class path holds the driver com.mysql.cj.jdbc.Driver; add" +
        " com.mysql:mysql-connector-j with --packages com.mysql:mysql-connector-j:VERSION, or its jar" +
        " with --jars"
    )
    assert(
      jdbc(
        "url = \"jdbc:acme://h/db\""
      ) === "cannot read the input by JDBC: no jar on the class path" +
        " holds a driver for jdbc:acme; add the driver's jar with --jars"
    )
  }

  test("a table that is not there") {
    val message = refused("input.path=null", "input.table=no_such_table")
    assert(message.startsWith("cannot read the input: "), message)
    assert(message.contains("no_such_table"), message)
  }

  test("columns that are not there: the key that names them, and the nearest") {
    assert(
      refused("input.keep=[idd]") === "cannot read the column 'idd' that input.keep names: the" +
        " input has no such column; nearest: id, label, pixels, split"
    )
    val key = refused("output.key=[ident]")
    assert(key.startsWith("cannot read the column 'ident' that output.key names: "), key)
    val feed = refused("feeds=[{ input = pixels, column = pixel }]")
    assert(feed.startsWith("cannot read the column 'pixel' that feeds names: "), feed)
    assert(feed.contains("nearest: pixels"), feed)
  }

  test("expressions that are wrong") {
    assert(
      refused("input.where=id <") === "cannot use the expression of input.where:" +
        " [PARSE_SYNTAX_ERROR] Syntax error at or near end of input (line 1, pos 4); correct it"
    )
    val unnamed = refused("input.where=idd < 4")
    assert(unnamed.startsWith("cannot use the expression of input.where: [UNRESOLVED_"), unnamed)
    assert(unnamed.endsWith(" line 1 pos 0; correct it"), unnamed)
    val unknown = refused("input.select.x=nope + 1")
    assert(unknown.startsWith("cannot use the expression of input.select.x: [UNRESO"), unknown)
    assert(unknown.contains("`nope`"), unknown)
    val computed = refused("input.select.x=raise_error('no luck')", "input.keep=[x]")
    assert(computed.contains("no luck"), computed)
  }

  test("a column whose type its feed cannot be made of is found before any row is read") {
    def tensor(expression: String): String = {
      val message = refused(s"input.select.pixels=$expression", "rows.on-invalid=keep")
      val start = "cannot feed 'pixels' to input = pixels: the column's type is "
      assert(message.startsWith(start), message)
      message.stripPrefix(start)
    }
    val select = "set input.select { pixels = "
    val notNumbers = "of which no float32 is made"
    Seq(
      "map('a', 1)" -> s"""map<string,int>, $notNumbers; $select"map_values(pixels)" }""",
      "cast('x' as binary)" -> (s"binary, $notNumbers; if these are encoded images," +
        " write { input = pixels, column = pixels, image {} }; else make numbers of them in" +
        " input.select"),
      "array('0.5')" -> s"""array<string>, $notNumbers; $select"try_cast(pixels AS array<float>)" }""",
      "'1'" -> (s"""string, $notNumbers; for texts such as '[1, 2]' $select"from_json(pixels,""" +
        s""" 'array<float>')" }, for texts such as '1 2' $select"try_cast(split(pixels, ' ') AS""" +
        """ array<float>)" }"""),
      "array(named_struct('a', 1))" ->
        s"array<struct<a:int>>, $notNumbers; name one of its fields: column = pixels.a",
      "current_date()" -> s"""date, $notNumbers; $select"unix_date(pixels)" }""",
      "array(array(1.0D))" -> ("array<array<double>>, arrays of depth 2, where a row has the shape" +
        s""" (8, 8, 1); $select"flatten(pixels)" }"""),
      "1" -> ("int, one value, where a row has the shape (8, 8, 1); join 64 columns with columns =" +
        " [...], or name a column of arrays")
    ).foreach { case (expression, rest) => assert(tensor(expression) === rest) }
  }

  test("what messages advise on texts fits, whatever the characters of the column's name") {
    val made = Seq(
      "array<string>" -> "CAST(pixels AS array<string>)",
      "text of JSON" -> "to_json(pixels)",
      "text" -> "array_join(CAST(pixels AS array<string>), ' ')",
      "variant" -> "parse_json(to_json(pixels))",
      "timestamps" -> "transform(pixels, p -> timestamp_micros(CAST(p AS bigint)))",
      "times of no zone" -> ("transform(pixels, p -> CAST(timestamp_micros(CAST(p AS bigint)) AS" +
        " timestamp_ntz))"),
      "dates" -> "transform(pixels, p -> date_add(DATE'1970-01-01', CAST(p AS int)))",
      "map" -> "map_from_arrays(sequence(1, 64), pixels)",
      "maps" -> "transform(pixels, p -> map('p', p))"
    )
    val names = Seq(
      "null" -> "null",
      "True" -> "True",
      "taken.pixels" -> "taken_pixels_",
      "a.b" -> "a.b",
      "x`y" -> "x`y",
      "s.pixels" -> "s_pixels",
      "s.`p.q`" -> "s_p.q"
    )
    TempFolder.use { folder =>
      val some = made.map((_, "my pixels" -> "my pixels")) ++ names.map((made.head, _))
      some.zipWithIndex.foreach { case (((kind, made), (column, fed)), number) =>
        val shown = s"$kind in $column"
        val rows = s"$folder/$number"
        val (whole, value) = column match {
          case "taken.pixels" => "taken" -> s"named_struct('pixels', $made)"
          case "s.pixels"     => "s" -> s"named_struct('pixels', $made)"
          case "s.`p.q`"      => "s" -> s"named_struct('p.q', $made)"
          case _              => column -> made
        }
        SharedSpark.session.read
          .parquet("test-data/digits")
          .where("id < 4")
          .withColumn(whole, expr(value))
          .withColumn("Taken_Pixels", expr("'another'"))
          .drop("pixels")
          .write
          .parquet(rows)
        def feed(name: String) = Seq(
          s"input.path=$rows",
          s"""feeds=[{ input = pixels, column = "$name", tensor { shape = [8, 8, 1] } }]"""
        )
        val message = refused(feed(column): _*)
        assert(message.startsWith(s"cannot feed '$column' to input = pixels: "), shown)
        assert(message.contains("and feed it") === (column != fed), shown)
        if (column != fed) assert(message.contains(s"column = $fed"), shown)
        val advice = "set (input\\.select) (\\{ .*? = \".*?\" })".r.findAllMatchIn(message).toSeq
        val chosen = if (kind == "text") advice(1) else advice.head
        JobFolder.use { folder =>
          val set = feed(fed) :+ s"${chosen.group(1)}=${chosen.group(2)}"
          val command =
            folder.extract(digitsConfiguration, set.flatMap(Seq("--set", _)): _*)
          assert(command.code === 0, s"$shown: ${command.log}")
          assert(command.out.contains("4 rows read, 4 written"), shown)
        }
      }
    }
  }

  test("fields inside columns: near names as they are written, and what keep cannot name") {
    TempFolder.use { folder =>
      SharedSpark.session.read
        .parquet("test-data/digits")
        .selectExpr("id", "named_struct('x.y', pixels) AS s", "named_struct('c', 1) AS `d.e`")
        .write
        .parquet(s"$folder/rows")
      def of(settings: String*) = refused(s"input.path=$folder/rows" +: settings: _*)
      def feed(column: String) =
        of(s"""feeds=[{ input = pixels, column = "$column", tensor {} }]""")
      assert(feed("s.x.y").contains("; nearest: s.`x.y`, "))
      assert(feed("d.e.c").contains("; nearest: `d.e`.c, "))
      assert(feed("d.e").endsWith("; name one of its fields: column = \"`d.e`.c\""))
      assert(
        of(
          "input.keep=[\"s.`x.y`\"]"
        ) === "cannot read the column 's.`x.y`' that input.keep names:" +
          " it is a field inside a column; set input.select { \"s_x.y\" = \"s.`x.y`\" }, and name" +
          " 's_x.y'"
      )
      assert(of("input.keep=[x]").endsWith("nearest: s, id, d.e"))
    }
  }

  test("as many columns are joined as a row or a step has values") {
    def of(model: String, layer: String, feed: String, value: String): String = {
      val settings = Seq(s"model.path=test-data/models/$model", s"features=[\"$layer\"]")
      val columns = Seq("x", "y").map(column => s"input.select.$column=$value")
      refused((settings :+ s"feeds=[{ $feed }]") ++ columns: _*)
    }
    val pixels = "input = pixels, columns = [x, y], tensor { shape = [8, 8, 1] }"
    assert(
      of(
        "digits_keras3",
        "bn1",
        pixels,
        "1"
      ) === "cannot feed the columns x, y to input = pixels:" +
        " they are 2 values, a row has 64, of the shape (8, 8, 1); name a column for each value," +
        " in their order"
    )
    val steps = "input = events, columns = [x, y], sequence {}"
    assert(
      of("lstm_keras3", "lstm:hidden", steps, "array(1.0D)") === "cannot feed the columns x, y to" +
        " input = events: they are 2 values, a step has 100, of the shape (100); name a column for" +
        " each value, in their order"
    )
  }

  test("types of columns for images, paths, sequences and texts") {
    def of(model: String, feed: String, expression: String): String = {
      val layer = if (model == "lstm_keras3") "lstm:hidden" else "conv"
      val settings = Seq(s"model.path=test-data/models/$model", s"features=[\"$layer\"]")
      val select = s"input.select.x=$expression"
      refused(settings ++ Seq(s"feeds=[{ $feed }]", select): _*)
    }
    val image = of("any_size_keras3", "input = image, column = x, image { fit = none }", "'a.png'")
    assert(
      image === "cannot feed 'x' to input = image: the column's type is string, not encoded images;" +
        " for paths set image { holds = paths }, for base64 set input.select { x = \"unbase64(x)\" }"
    )
    val numbers =
      of("any_size_keras3", "input = image, column = x, image { fit = none }", "array(1)")
    assert(numbers.contains("array<int>, not encoded images; name a column of binary, or"), numbers)
    val paths =
      of("any_size_keras3", "input = image, column = x, image { fit = none, holds = paths }", "1")
    assert(paths.contains("int, not paths; name a column of strings"), paths)
    def steps(expression: String) =
      of("lstm_keras3", "input = events, column = x, sequence {}", expression)
    assert(
      steps("1.0D").endsWith(
        "double, not an array of steps; name a column of arrays of arrays of 100 numbers"
      )
    )
    assert(
      steps("array(1.0D)").endsWith(
        "array<double>, a step of which is one value; let it hold" +
          " arrays of 100, the values of a step"
      )
    )
    assert(
      steps("array(array(array(1)))").contains(
        "arrays of depth 3; set input.select { x =" +
          " \"transform(x, step -> flatten(step))\" }"
      )
    )
    assert(steps("array(array(timestamp'2026-01-01'))").contains("of which no float32 is made"))
  }
}
