// Decides each request of a file of JSON lines with iam-simulate; the package's folder is the first argument.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [folder, file] = process.argv.slice(2)
const { anonymousPrincipal, runSimulation } = createRequire(`${folder}/`)('@cloud-copilot/iam-simulate')
for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
  const simulation = JSON.parse(line)
  if (simulation.request.principal === 'anonymous') simulation.request.principal = anonymousPrincipal
  const found = await runSimulation(simulation, {})
  console.log(JSON.stringify(found.overallResult ?? { errors: found.errors ?? found }))
}
