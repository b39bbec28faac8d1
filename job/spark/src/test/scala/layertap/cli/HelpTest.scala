package layertap.cli

import layertap.testing.Command
import org.scalatest.funsuite.AnyFunSuite

/** What `--help` says, of layertap and of each of its commands. */
class HelpTest extends AnyFunSuite {
  private val exitCodes =
    """Exit codes:
      |  0   done
      |  1   any other failure
      |  2   a failure of the user's: command line, configuration, model, layer, data
      |  3   a failure of the environment: storage, network, lost executors; a scheduler may try again
      |""".stripMargin

  private def help(arguments: String*): String = {
    val command = Command.run(arguments: _*)
    assert(command.code === 0, command.log)
    assert(command.log === "")
    command.out
  }

  test("layertap --help lists the commands, each with what it does") {
    val expected =
      """usage: layertap [-h] [--debug] [--verbose] [--version] COMMAND
        |
        |Writes activations of chosen layers of a SavedModel as Parquet columns.
        |layertap COMMAND --help shows the options of a command.
        |
        |Options:
        |  -h, --help      Shows this help.
        |      --debug     Prints the stack trace of a failure, too.
        |      --verbose   Lets Spark, Hadoop and TensorFlow log what they log by themselves.
        |      --version   Shows the version of layertap.
        |
        |Commands:
        |  init        Writes a configuration to start from, with a reason for each choice: what goes into
        |                MODEL from INPUT, and which layers to try. Reads the model, the input's schema and
        |                one row.
        |  extract     Runs the job that CONF describes: reads its rows and writes their features.
        |  plan        Says what extract would do with CONF, and whether it would be refused: input and
        |                output as they are there, feeds, features, kept and dropped ops and variables,
        |                bytes to read, memory. Reads rows only with --rows.
        |  inspect     Lists what a feature can name in MODEL: its signatures, and a line for each layer
        |                with index, selector, class or op, output shape, parameters and cost. Starts
        |                neither Spark nor TensorFlow.
        |  completion  Prints a script by which bash and zsh complete commands and options.
        |  help        Shows the help of COMMAND, or of layertap.
        |
        |""".stripMargin + exitCodes
    Seq("--help", "-h", "help").foreach(option => assert(help(option) === expected))
  }

  test("extract --help says what it does, its options with defaults, the exit codes") {
    val expected =
      """usage: layertap extract [-h] [--set=K=V]... [--limit=N] [--debug] [--verbose] CONF
        |
        |Runs the job that CONF describes: reads its rows and writes their features.
        |
        |Operand:
        |      CONF        The configuration: a file, or its URI (hdfs://…, s3a://…).
        |
        |Options:
        |      --set=K=V   Overrides the key K of the configuration, relative to layertap, as in
        |                  --set output.mode=overwrite. May be repeated; of a key, the last value counts.
        |      --limit=N   Reads at most N rows. Without it, all rows are read.
        |  -h, --help      Shows this help.
        |      --debug     Prints the stack trace of a failure, too.
        |      --verbose   Lets Spark, Hadoop and TensorFlow log what they log by themselves.
        |
        |""".stripMargin + exitCodes
    Seq(
      Seq("extract", "--help"),
      Seq("extract", "-h"),
      Seq("help", "extract"),
      Seq("extract", "a.conf", "--set", "a=b", "--help"),
      Seq("--debug", "extract", "--help")
    ).foreach(arguments => assert(help(arguments: _*) === expected))
  }

  Seq(
    (
      "extract",
      "[-h] [--set=K=V]... [--limit=N] [--debug] [--verbose] CONF",
      Seq("--set", "--limit")
    ),
    (
      "init",
      "[-h] [--output=F] [--label] [--signature=S] [--tags=T] [--topology=F] [--debug] [--verbose]" +
        " MODEL INPUT",
      Seq("--output", "--label", "--signature", "--tags", "--topology")
    ),
    (
      "plan",
      "[-h] [--set=K=V]... [--no-input] [--rows=N] [--json] [--debug] [--verbose] CONF",
      Seq("--set", "--no-input", "--rows", "--json")
    ),
    (
      "inspect",
      "[-h] [--signature=S] [--tags=T] [--topology=F] [--layers=GLOB] [--tensors] [--json]" +
        " [--depth=N] [--all] [--debug] [--verbose] MODEL",
      Seq(
        "--signature",
        "--tags",
        "--topology",
        "--layers",
        "--tensors",
        "--json",
        "--depth",
        "--all"
      )
    ),
    ("completion", "[-h] [--debug] [--verbose]", Seq()),
    ("help", "[-h] [--debug] [--verbose] [COMMAND]", Seq())
  ).foreach { case (command, synopsis, options) =>
    test(s"$command --help has its usage, a line for each option, and the exit codes") {
      val text = help(command, "--help")
      assert(help("help", command) === text)
      val paragraphs = text.split("\n\n").toSeq
      val usage = paragraphs.head.split("\\s+").mkString(" ")
      assert(usage === s"usage: layertap $command $synopsis")
      val explained = """(?m)^ {2}(?:-h,| {3}) (--[a-z-]+)\S* +[A-Z]\w* """.r
        .findAllMatchIn(paragraphs.find(_.startsWith("Options:")).get)
        .map(_.group(1))
        .toSeq
      assert(explained === options ++ Seq("--help", "--debug", "--verbose"))
      assert(paragraphs.last + "\n" === exitCodes || paragraphs.last === exitCodes)
      assert(text.linesIterator.forall(_.length <= 100))
    }
  }

  test("inspect --help names the defaults") {
    val text = help("inspect", "--help")
    assert(
      """\(default: (.*)\)""".r.findAllMatchIn(text).map(_.group(1)).toSeq ===
        Seq("serving_default", "serve")
    )
  }

  test("help has no colours") {
    assert(!help("inspect", "--help").contains("\u001b"))
  }
}
