package layertap.cli

/** Runs a command while its JVM ends. */
object EndingProcess {
  def main(arguments: Array[String]): Unit =
    Runtime.getRuntime.addShutdownHook(
      new Thread(() =>
        println("code " + new CommandRunner(System.out, System.out).run(arguments: _*))
      )
    )
}
