package layertap.cluster

import java.nio.file.{FileAlreadyExistsException, Files, Path}

/** A point in a job at which a test may meet one task, to do something to it. Called in SQL, on
  * executors: `java_method('layertap.cluster.Meeting', 'meet', id, 17, '/folder/name') = 'met'`.
  */
object Meeting {
  private val PatienceMillis = 300000L

  /** True of every row. The first attempt that comes to the row `at` writes its process' id into
    * the file and waits until the file is told what comes next: `go on`, or `fail`.
    */
  def meet(id: Int, at: Int, file: String): String = {
    if (id == at) meet(Path.of(file))
    "met"
  }

  private def meet(file: Path): Unit =
    if (isFirst(file)) {
      val end = System.currentTimeMillis + PatienceMillis
      while (!Files.exists(answer(file)) && System.currentTimeMillis < end) Thread.sleep(20)
      if (Files.readString(answer(file)) == "fail") sys.error("the test wants this attempt to fail")
    }

  private def isFirst(file: Path): Boolean =
    try {
      val draft = Files.writeString(
        file.resolveSibling(s"${file.getFileName}.${ProcessHandle.current.pid}"),
        ProcessHandle.current.pid.toString
      )
      Files.createLink(file, draft)
      true
    } catch { case _: FileAlreadyExistsException => false }

  private def answer(file: Path): Path = file.resolveSibling(s"${file.getFileName}.answer")

  /** For the test: waits until a task is there, gives its process. */
  def await(file: Path): Long = {
    val end = System.currentTimeMillis + PatienceMillis
    while (!Files.exists(file)) {
      if (System.currentTimeMillis > end) sys.error(s"no task came to $file")
      Thread.sleep(20)
    }
    Files.readString(file).toLong
  }

  /** For the test: tells the task what to do. */
  def tell(file: Path, word: String): Unit = {
    val draft = Files.writeString(file.resolveSibling(s"${file.getFileName}.draft"), word)
    Files.move(draft, answer(file))
  }

  /** SQL that is true of every row. */
  def condition(at: Int, file: Path): String =
    s"java_method('${getClass.getName.stripSuffix("$")}', 'meet', id, $at, '$file') = 'met'"
}
