package layertap.process

import org.scalatest.funsuite.AnyFunSuite

class RunningProcessTest extends AnyFunSuite {
  test("this process runs; one of its number that began at another time does not") {
    val own = RunningProcess.current
    assert(own.isAlive && own.number === ProcessHandle.current.pid)
    assert(!new RunningProcess(own.number, own.started - 1000).isAlive)
  }

  test("a process that has ended does not run, though its parent has not asked how") {
    assume(System.getProperty("os.name") == "Linux")
    // The shell becomes a sleep, which asks for no child.
    val parent = new ProcessBuilder("sh", "-c", "sleep 1 & echo $!; exec sleep 60").start()
    try {
      val number = parent.inputReader().readLine().toLong
      val started = ProcessHandle.of(number).get.info.startInstant.get.toEpochMilli
      val child = new RunningProcess(number, started)
      assert(child.isAlive)
      while (child.isAlive) Thread.sleep(20)
      assert(ProcessHandle.of(number).isPresent, "its parent keeps its number")
    } finally parent.destroyForcibly()
  }
}
