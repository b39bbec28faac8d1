package layertap.cli

import java.io.{OutputStream, PrintStream}
import layertap.spark.run.RowLimit
import layertap.testing.Command
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What command lines mean, and what is said of those that mean nothing. */
class UsageTest extends AnyFunSuite {
  private val silent = new PrintStream(OutputStream.nullOutputStream)

  private def parsed[C](arguments: String*): C =
    LayertapCommand
      .parser(silent, silent)
      .parseArgs(arguments: _*)
      .subcommand()
      .commandSpec()
      .userObject()
      .asInstanceOf[C]

  private def extract(arguments: String*): (String, Seq[String], RowLimit) = {
    val command = parsed[ExtractCommand]("extract" +: arguments: _*)
    (command.options.path, command.options.overrides.asScala.toSeq, command.limit)
  }

  private val digits = "a whole number of at most 9 digits"

  Seq(
    Seq() -> "no command is given; see layertap --help",
    Seq(
      "extrakt",
      "a"
    ) -> "there is no command 'extrakt'; the nearest is extract; see layertap --help",
    Seq("help", "plam") -> "there is no command 'plam'; the nearest is plan; see layertap --help",
    Seq(
      "help",
      "plan",
      "a"
    ) -> "help takes one COMMAND; 'a' is a second one; see layertap help --help",
    Seq("--versoin") ->
      "layertap has no option --versoin; the nearest is --version; see layertap --help",
    Seq("-V") -> "layertap has no option -V; the nearest is -h; see layertap --help",
    Seq("--limit=3", "extract", "a") ->
      "--limit is an option of extract; write it after the command; see layertap --help",
    Seq("--set", "a=b", "extract", "a") ->
      "--set is an option of extract and plan; write it after the command; see layertap --help",
    Seq("plan") -> "plan needs a CONF; see layertap plan --help",
    Seq("extract", "--limit", "3") -> "extract needs a CONF; see layertap extract --help",
    Seq("inspect", "--json") -> "inspect needs a MODEL; see layertap inspect --help",
    Seq("extract", "a", "b") ->
      "extract takes one CONF; 'b' is a second one; see layertap extract --help",
    Seq("extract", "a", "input.password=hunter2") ->
      "extract takes one CONF; 'input.password' is a second one; see layertap extract --help",
    Seq("input.password=hunter2") ->
      "there is no command 'input.password'; the nearest is inspect; see layertap --help",
    Seq("extract", "a", "--set", "input.password", "hunter2") ->
      "extract --set takes K=V, not 'input.password' without a value; see layertap extract --help",
    Seq("extract", "--set", "input.password", "hunter2") ->
      "cannot use the configuration: --set input.password: it is not of the form key=value",
    Seq("inspect", "a", "--json", "b c") ->
      "inspect takes one MODEL; 'b c' is a second one; see layertap inspect --help",
    Seq("init", "m") -> "init needs a INPUT; see layertap init --help",
    Seq("init", "m", "i", "x") ->
      "init takes MODEL and INPUT; 'x' is one too many; see layertap init --help",
    Seq("completion", "zsh") ->
      "completion takes no operand; 'zsh' is one; see layertap completion --help",
    Seq("extract", "a", "--limt", "3") ->
      "extract has no option --limt; the nearest is --limit; see layertap extract --help",
    Seq("extract", "--limt=3") ->
      "extract has no option --limt; the nearest is --limit; see layertap extract --help",
    Seq("plan", "a", "--ste=a=b") ->
      "plan has no option --ste; the nearest is --set; see layertap plan --help",
    Seq("plan", "a", "--limit=3") ->
      "plan has no option --limit; the nearest is --set; see layertap plan --help",
    Seq(
      "inspect",
      "-j",
      "a"
    ) -> "inspect has no option -j; the nearest is -h; see layertap inspect --help",
    Seq("extract", "a", "--limit") -> "extract --limit needs a value; see layertap extract --help",
    Seq("plan", "a", "--set", "--help") -> "plan --set needs a value; see layertap plan --help",
    Seq("plan", "a", "--set") -> "plan --set needs a value; see layertap plan --help",
    Seq("inspect", "a", "--json=x") -> "inspect --json takes no value; see layertap inspect --help",
    Seq("extract", "a", "--limit=") ->
      s"extract --limit takes $digits, not ''; see layertap extract --help"
  ).foreach { case (arguments, message) =>
    test(s"'${arguments.mkString(" ")}' is refused: $message") {
      assert(Command.run(arguments: _*) === Command(2, "", s"layertap: exit 2: $message\n"))
    }
  }

  Seq("-1", "x", "1.5", "12345678901").foreach { number =>
    Seq(Seq("--limit", number), Seq(s"--limit=$number")).foreach { limit =>
      test(s"'extract a ${limit.mkString(" ")}' is refused: not $digits") {
        val message = s"extract --limit takes $digits, not '$number'; see layertap extract --help"
        val command = Command.run(Seq("extract", "a") ++ limit: _*)
        assert(command === Command(2, "", s"layertap: exit 2: $message\n"))
      }
    }
  }

  test("options stand before or after the operand, with a space or a =") {
    val expected = ("a.conf", Seq("x=1", "y=2"), RowLimit.of(3))
    Seq(
      Seq("a.conf", "--set", "x=1", "--set", "y=2", "--limit", "3"),
      Seq("--set=x=1", "--limit=3", "--set=y=2", "a.conf"),
      Seq("--set=x=1", "--limit=9", "a.conf", "--set", "y=2", "--debug", "--limit", "3"),
      Seq("--set", "x=1", "--set=y=2", "--limit=3", "--", "a.conf")
    ).foreach(arguments => assert(extract(arguments: _*) === expected, arguments))
    assert(extract("a.conf") === ("a.conf", Seq(), RowLimit.NONE))
  }

  test("what --set is given comes to the configuration unchanged") {
    Seq(
      "input.where=id = 3 and name <> 'a b'",
      "features=[a, { layer = \"b\", at = input }]",
      "output.path=s3a://b/x/date=2026-01-01",
      "input.where=\"quoted\"",
      "a='quoted'",
      "a=-1",
      "a=--limit",
      "-a=b",
      "=",
      "a=",
      "",
      " a = b ",
      "a=${b}",
      "a=b,c;d|e",
      "a=@file",
      "a=%d%n",
      "a=größer\n\tzwei"
    ).foreach { setting =>
      assert(extract("f", "--set", setting)._2 === Seq(setting))
      assert(extract(s"--set=$setting", "f")._2 === Seq(setting))
    }
  }

  test("an operand is taken as it is, though it begins with an @ or is a command's name") {
    Seq("@a.conf", "plan", "hdfs://a//b", "s3a://a/b c", "\"a\"", "${a}").foreach { path =>
      assert(extract(path)._1 === path)
    }
    assert(extract("--", "-a.conf")._1 === "-a.conf")
  }
}
