package layertap.jobs.output

import layertap.testing.JobFolder
import layertap.testing.Storage

/** Drivers that write to this machine's disk are killed. */
class KillTest extends KillTests {
  override protected def storage(folder: JobFolder): Storage = Storage.local(folder)
}
