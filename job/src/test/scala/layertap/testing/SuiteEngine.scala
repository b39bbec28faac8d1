package layertap.testing

import java.lang.reflect.{InvocationTargetException, Modifier}
import java.nio.file.{Files, Path}
import org.junit.platform.engine.{EngineDiscoveryRequest, ExecutionRequest, TestDescriptor}
import org.junit.platform.engine.{
  EngineExecutionListener,
  TestEngine,
  TestExecutionResult,
  UniqueId
}
import org.junit.platform.engine.discovery.ClassSelector
import org.junit.platform.engine.support.descriptor.{AbstractTestDescriptor, ClassSource}
import org.junit.platform.engine.support.descriptor.EngineDescriptor
import org.scalatest.{Args, ConfigMap, DynaTags, Filter, Reporter, Stopper, Suite, Tracker}
import org.scalatest.events.{Event, SuiteAborted, TestCanceled, TestFailed, TestIgnored}
import org.scalatest.events.{TestPending, TestStarting, TestSucceeded}
import org.scalatest.exceptions.StackDepth
import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

/** Lets Surefire run ScalaTest's suites.
  *
  * ScalaTest has an engine of its own for this. It creates every suite already when Surefire lists
  * the suites, in Maven's JVM, and what suites load would be loaded twice. It neither names a test
  * in Surefire's summary nor the suite whose preparation failed.
  *
  * The property `test.words` leaves only those tests whose names contain the words.
  */
final class SuiteEngine extends TestEngine {

  override def getId: String = "layertap-suites"

  override def discover(request: EngineDiscoveryRequest, id: UniqueId): TestDescriptor = {
    val engine = new EngineDescriptor(id, "ScalaTest")
    request
      .getSelectorsByType(classOf[ClassSelector])
      .asScala
      .map(_.getJavaClass)
      .filter(isSuite)
      .foreach(suite => engine.addChild(new SuiteDescriptor(id, suite)))
    engine
  }

  private def isSuite(candidate: Class[_]): Boolean =
    classOf[Suite].isAssignableFrom(candidate) && !Modifier.isAbstract(candidate.getModifiers)

  override def execute(request: ExecutionRequest): Unit = {
    // Each of Surefire's JVMs has a folder of its own, which nobody has created yet.
    Files.createDirectories(Path.of(sys.props("java.io.tmpdir")))
    val listener = request.getEngineExecutionListener
    val engine = request.getRootTestDescriptor
    listener.executionStarted(engine)
    engine.getChildren.asScala.toSeq.foreach { case suite: SuiteDescriptor =>
      run(suite, listener)
    }
    listener.executionFinished(engine, TestExecutionResult.successful)
  }

  private def run(descriptor: SuiteDescriptor, listener: EngineExecutionListener): Unit = {
    listener.executionStarted(descriptor)
    val result =
      try {
        val suite = descriptor.suite.getDeclaredConstructor().newInstance()
        val reporter = new SuiteReporter(descriptor, listener)
        val status = suite.run(
          None,
          Args(reporter, Stopper.default, filter(suite), ConfigMap.empty, None, new Tracker)
        )
        // A test that failed has been reported; this throws what made the suite itself fail.
        status.waitUntilCompleted()
        reporter.suiteResult
      } catch {
        case thrown: InvocationTargetException => TestExecutionResult.failed(thrown.getCause)
        case NonFatal(error)                   => TestExecutionResult.failed(error)
        case error: LinkageError               => TestExecutionResult.failed(error)
      }
    listener.executionFinished(descriptor, result)
  }

  private def filter(suite: Suite): Filter =
    Setting.of("test.words").fold(Filter.default) { words =>
      val chosen = suite.testNames.filter(_.contains(words)).map(_ -> Set("chosen")).toMap
      Filter(
        tagsToInclude = Some(Set("chosen")),
        excludeNestedSuites = true,
        dynaTags = DynaTags(Map.empty, Map(suite.suiteId -> chosen))
      )
    }
}

/** A suite, whose tests are known when it runs. */
private final class SuiteDescriptor(engine: UniqueId, suiteClass: Class[_])
    extends AbstractTestDescriptor(
      engine.append("suite", suiteClass.getName),
      suiteClass.getName,
      ClassSource.from(suiteClass)
    ) {
  val suite: Class[_ <: Suite] = suiteClass.asSubclass(classOf[Suite])

  override def getType: TestDescriptor.Type = TestDescriptor.Type.CONTAINER

  override def mayRegisterTests: Boolean = true
}

private final class TestInSuite(suite: SuiteDescriptor, name: String)
    extends AbstractTestDescriptor(suite.getUniqueId.append("test", name), name) {
  override def getType: TestDescriptor.Type = TestDescriptor.Type.TEST
}

/** Tells JUnit's listener what ScalaTest reports. */
private final class SuiteReporter(suite: SuiteDescriptor, listener: EngineExecutionListener)
    extends Reporter {
  private var running: Option[TestInSuite] = None

  /** What became of the suite itself, whatever became of its tests. */
  var suiteResult: TestExecutionResult = TestExecutionResult.successful

  override def apply(event: Event): Unit = event match {
    case starting: TestStarting =>
      val test = add(starting.testName)
      running = Some(test)
      listener.executionStarted(test)
    case _: TestSucceeded       => finish(TestExecutionResult.successful)
    case failed: TestFailed     => finish(TestExecutionResult.failed(named(failed)))
    case canceled: TestCanceled => finish(TestExecutionResult.aborted(canceled.throwable.orNull))
    case _: TestPending         => finish(TestExecutionResult.aborted(null))
    case ignored: TestIgnored   => listener.executionSkipped(add(ignored.testName), "ignored")
    case aborted: SuiteAborted  =>
      val cause = aborted.throwable.getOrElse(new IllegalStateException(aborted.message))
      suiteResult = TestExecutionResult.failed(cause)
    case _ =>
  }

  private def add(name: String): TestInSuite = {
    val test = new TestInSuite(suite, name)
    suite.addChild(test)
    listener.dynamicTestRegistered(test)
    test
  }

  private def finish(result: TestExecutionResult): Unit = {
    running.foreach(listener.executionFinished(_, result))
    running = None
  }

  /** The failure under the test's name, which Surefire's summary would leave out. A failed
    * assertion says where it stands; what it was thrown through says no more.
    */
  private def named(failed: TestFailed): Throwable = {
    val cause = failed.throwable.filterNot(_.isInstanceOf[StackDepth]).orNull
    val error = new AssertionError(s"${failed.testName}: ${failed.message}", cause)
    failed.throwable.foreach(thrown => error.setStackTrace(thrown.getStackTrace.filter(isOfTest)))
    error
  }

  private def isOfTest(frame: StackTraceElement): Boolean =
    frame.getClassName.startsWith("layertap.") && frame.getFileName != "SuiteEngine.scala"
}
