import { broadcast } from './broadcast.ts';
import { churn } from './churn.ts';
import { connect } from './connect.ts';
import { connectCold } from './connect-cold.ts';
import { echo } from './echo.ts';
import { group } from './group.ts';
import { inspected } from './inspected.ts';
import { paced } from './paced.ts';
import { plain } from './plain.ts';
import { slow } from './slow.ts';
import { transport } from './transport.ts';
import { whisper } from './whisper.ts';

export const SCENARIOS = {
  broadcast,
  plain,
  paced,
  whisper,
  group,
  echo,
  connect,
  'connect-cold': connectCold,
  slow,
  churn,
  inspected,
  transport,
} as const;
export type ScenarioName = keyof typeof SCENARIOS;
export type ParametersOf<S extends ScenarioName> = Parameters<(typeof SCENARIOS)[S]>[1];
